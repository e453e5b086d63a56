import type { Role, ViewerKey } from '../../contract/index.ts';
import { roles } from '../../contract/index.ts';
import { type Actor, isStaff, viewerKeyOf } from '../actor.ts';
import type { Sealer } from '../ports.ts';

export interface Speaker {
  key: string;
  name: string;
  role: Role;
}

/** Family names of two characters that are common enough to meet. */
const compoundFamilies = [
  '欧阳',
  '上官',
  '司马',
  '诸葛',
  '司徒',
  '皇甫',
  '东方',
  '尉迟',
  '公孙',
  '慕容',
  '令狐',
  '长孙',
  '宇文',
  '端木',
  '夏侯',
];

/** What the room calls a viewer who gave a name: the family name and 同学. */
export function maskedName(name: string): string | null {
  if (!/^\p{Script=Han}{2,6}$/u.test(name)) return null;
  const family = compoundFamilies.find((compound) => name.startsWith(compound) && name.length > 2) ?? name.slice(0, 1);
  return `${family}同学`;
}

const hashOf = (viewer: ViewerKey, sessionId: string, index: Sealer['index']) => index(`speaker:${sessionId}`, viewer);
const keyOf = (hash: Buffer) => hash.toString('base64url').slice(0, 12);

/** The key a viewer has in one session's room. */
export const speakerKeyOf = (viewer: ViewerKey, sessionId: string, index: Sealer['index']): string =>
  keyOf(hashOf(viewer, sessionId, index));

/**
 * How somebody appears in one session's room. The key is stable for one person
 * in one session and says nothing about who it is, there or elsewhere.
 * @param role the role by which the actor is in this session
 */
export function speakerOf(actor: Actor, role: Role, sessionId: string, index: Sealer['index']): Speaker {
  const hash = hashOf(viewerKeyOf(actor), sessionId, index);
  const key = keyOf(hash);
  const number = String(hash.readUInt32BE(12) % 10_000).padStart(4, '0');
  if (isStaff(actor)) return { key, name: actor.name, role };
  if (actor.role === 'guest') return { key, name: `${roles.names.guest}${number}`, role };
  return { key, name: maskedName(actor.name) ?? `${roles.names.viewer}${number}`, role };
}
