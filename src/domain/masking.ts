/** Names as people who need not know them may see them. */

const graphemes = new Intl.Segmenter('zh', { granularity: 'grapheme' });

function firstLetter(name: string): string {
  for (const { segment } of graphemes.segment(name.trim())) return segment;
  return '';
}

/** 王小明 → 王**, whatever the length; an empty name is all stars. */
export function maskName(name: string): string {
  return `${firstLetter(name)}**`;
}

/** How a viewer is addressed in a conversation: 王小明 → 王同学; without a name 求职者 and four digits of the account. */
export function addressOf(accountId: string, name: string | undefined): string {
  const letter = firstLetter(name ?? '');
  return letter ? `${letter}同学` : `求职者${accountId.slice(-4)}`;
}
