import { malformed } from './fault.ts';

/** The most an SDP may have; Chromium's largest offers stay below a quarter of it. */
export const sdpLimits = { bytes: 64 * 1024, lines: 2_000, lineLength: 4_096, sections: 8, codecs: 64, extensions: 64, ssrcs: 64 } as const;

const LINE = /^[a-z]=/;
const CONTROL = /(?![\t])\p{Cc}/u;

/**
 * The lines of an SDP or of a fragment of one (RFC 8866 section 5), ended by CRLF or
 * LF. Within attributes, only the named ones are kept: what nobody reads is not parsed.
 * @throws SdpError malformed beyond the limits, or for what is no line of an SDP
 */
export function readLines(text: string, attributes: ReadonlySet<string>): string[] {
  if (text.length > sdpLimits.bytes) throw malformed(`at most ${sdpLimits.bytes} bytes`);
  const lines = text.split(/\r?\n/);
  if (lines.length > sdpLimits.lines) throw malformed(`at most ${sdpLimits.lines} lines`);
  while (lines.at(-1) === '') lines.pop();
  return lines.filter((line) => {
    if (line.length > sdpLimits.lineLength) throw malformed(`at most ${sdpLimits.lineLength} characters in a line`);
    if (!LINE.test(line) || CONTROL.test(line)) throw malformed('not a line of an SDP');
    if (!line.startsWith('a=')) return true;
    const [name = ''] = line.slice(2).split(':', 1);
    return attributes.has(name);
  });
}
