export * from './checkpoint.ts';
export * from './cosignature.ts';
export * from './entry-bundle.ts';
export * from './merkle-hash.ts';
export * from './merkle-tree.ts';
export * from './note-verifier.ts';
export * from './prove-from-tiles.ts';
export {
  formatNote,
  formatNoteSignature,
  isKeyName,
  type NoteSignature,
  type NoteVerifier,
  type OpenedNote,
  openNote,
  type ParsedNote,
  parseNote,
} from './signed-note.ts';
export * from './tile.ts';
export { type FullTile, perfectRoot, splitHashes, type TileData, TileFrontier } from './tile-frontier.ts';
export { TLOG_CODES, type TlogCode, type TlogRejection, type TlogResult } from './tlog-result.ts';
export * from './verify-proof.ts';
