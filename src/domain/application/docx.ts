import { strFromU8, unzipSync } from 'fflate';

const ENTRIES_MAX = 1_000;
const UNPACKED_MAX = 100 * 1024 * 1024;
const CONTENT_TYPES_MAX = 256 * 1024;
const MAIN_PART = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml';
/** Programs, and the parts by which a document brings macros or other programs' objects along. */
const ACTIVE =
  /(^|\/)(vbaProject\.bin|vbaData\.xml)$|\.(exe|dll|scr|com|bat|cmd|ps1|vbs|js|jar|msi|lnk|hta)$|^word\/(activeX|embeddings)\//i;

/**
 * Whether a ZIP is a Word document (ECMA-376 part 1, 11.3.10) that unpacks to a
 * bounded size and carries no macros or programs. Sizes are read from the central
 * directory; only the list of content types is unpacked, into as many bytes as it
 * says it has.
 */
export function isPlainDocx(bytes: Uint8Array): boolean {
  const names = new Set<string>();
  let unpacked = 0;
  let acceptable = true;
  try {
    const { '[Content_Types].xml': contentTypes } = unzipSync(bytes, {
      filter({ name, size, originalSize }) {
        unpacked += originalSize;
        if (names.has(name) || ACTIVE.test(name) || !isLocal(name) || size > bytes.length) acceptable = false;
        names.add(name);
        if (names.size > ENTRIES_MAX || unpacked > UNPACKED_MAX) acceptable = false;
        return acceptable && name === '[Content_Types].xml' && originalSize <= CONTENT_TYPES_MAX;
      },
    });
    return acceptable && names.has('word/document.xml') && contentTypes !== undefined && strFromU8(contentTypes).includes(MAIN_PART);
  } catch {
    // Not a ZIP that can be read: truncated, or made to confuse.
    return false;
  }
}

const isLocal = (name: string) => !name.startsWith('/') && !name.includes('\\') && !name.split('/').includes('..');
