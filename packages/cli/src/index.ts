export {
  COMPLETION_NOTES,
  completionScript,
  SHELLS,
  type Shell,
} from './completion/completion-script.ts';
export { errnoCode } from './errno-code.ts';
export { asciiJson, escapeDocument, escapeLines, escapeText } from './escape-text.ts';
export {
  EXIT_CODES_HELP,
  EXIT_CONFIG,
  EXIT_FAULT,
  EXIT_OK,
  EXIT_UNFINISHED,
  EXIT_USAGE,
} from './exit-codes.ts';
export { kidsAsArguments } from './kids-as-arguments.ts';
export { packageFolder } from './package-folder.ts';
export { parseYamlText, type YamlText } from './parse-yaml-text.ts';
export { NO_PROGRESS, type ProgressBar, type ProgressOptions, progressBar } from './progress-bar.ts';
export { type Build, describeBuild, readBuild, shortCommit } from './read-build.ts';
export { type Rows, renderFacts, renderTable } from './render-table.ts';
export { PIPE, type Screen, type ScreenVariables, screenOf } from './screen.ts';
export { styled } from './style-cell.ts';
