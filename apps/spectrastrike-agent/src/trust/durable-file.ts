export { createFileDurably, writeFileDurably } from '@nyxera/federation-certificates';
