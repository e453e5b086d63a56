import { strToU8, type Zippable, zipSync } from 'fflate';

/** A small PDF with a text in it, whole by ISO 32000-1. */
export function pdf(text = 'resume'): Buffer {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >>',
    `<< /Length ${text.length} >>\nstream\n${text}\nendstream`,
  ];
  let body = '%PDF-1.7\n';
  const offsets = objects.map((object, index) => {
    const offset = body.length;
    body += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const start = body.length;
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  body += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(body, 'latin1');
}

const contentTypes = (main: string) =>
  `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="${main}"/></Types>`;

const DOCUMENT = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml';
export const MACRO_DOCUMENT = 'application/vnd.ms-word.document.macroEnabled.main+xml';

/** A Word document; `parts` are added to it or replace its own, `null` leaves one out. */
export function docx(parts: Record<string, Uint8Array | null> = {}, main = DOCUMENT): Buffer {
  const all: Record<string, Uint8Array | null> = {
    '[Content_Types].xml': strToU8(contentTypes(main)),
    '_rels/.rels': strToU8('<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'),
    'word/document.xml': strToU8('<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"/>'),
    ...parts,
  };
  const kept: Zippable = {};
  for (const [name, bytes] of Object.entries(all)) if (bytes) kept[name] = bytes;
  return Buffer.from(zipSync(kept));
}
