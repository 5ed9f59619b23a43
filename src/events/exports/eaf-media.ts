import type { Recording, ResultHeader } from './recording.js';
import { escapeXml } from './xml.js';

const MIME_TYPES: Readonly<Record<string, string>> = {
  mp4: 'video/mp4',
  m4v: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
  mkv: 'video/x-matroska',
  avi: 'video/x-msvideo',
  mpg: 'video/mpeg',
  mpeg: 'video/mpeg',
};

/**
 * The head of an ELAN document: where the recording is, by its full path and as seen from the document, and what the result was made from.
 */
export function mediaXml(recording: Recording | undefined, header: ResultHeader | undefined): string {
  const properties = header
    ? Object.entries({
        'mellm-live.program': header.program,
        'mellm-live.file': header.file.name,
        'mellm-live.sha256': header.file.sha256,
        'mellm-live.start': header.start.toFixed(3),
      })
    : [];
  const parts = [
    ...(recording?.path === undefined ? [] : [descriptor(recording.path, recording.relativePath)]),
    ...properties.map(([name, value]) => `<PROPERTY NAME="${name}">${escapeXml(value)}</PROPERTY>`),
  ];
  return parts.length === 0 ? '' : `${parts.map((part) => `\n    ${part}`).join('')}\n  `;
}

function descriptor(path: string, relative: string | undefined): string {
  const extension = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  const mime = Object.hasOwn(MIME_TYPES, extension) ? (MIME_TYPES[extension] ?? '') : 'video/*';
  const near = relative === undefined ? '' : ` RELATIVE_MEDIA_URL="${escapeXml(relativeUrl(relative))}"`;
  return `<MEDIA_DESCRIPTOR MEDIA_URL="${escapeXml(fileUrl(path))}" MIME_TYPE="${mime}"${near}/>`;
}

/** As ELAN writes and reads it: the path itself with slashes, not percent-encoded. */
function fileUrl(path: string): string {
  const slashes = path.replaceAll('\\', '/');
  return slashes.startsWith('//') ? `file:${slashes}` : `file://${slashes.startsWith('/') ? '' : '/'}${slashes}`;
}

function relativeUrl(path: string): string {
  const slashes = path.replaceAll('\\', '/');
  return slashes.startsWith('../') ? slashes : `./${slashes}`;
}
