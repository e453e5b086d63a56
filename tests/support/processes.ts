import { readFileSync } from 'node:fs';

/** What this process has started and not seen end, at any depth: process ids by name (Linux, proc(5)). */
export function descendants(of = process.pid): { pid: number; name: string }[] {
  const children = read(`/proc/${of}/task/${of}/children`).split(' ').filter(Boolean).map(Number);
  return children.flatMap((pid) => [{ pid, name: read(`/proc/${pid}/comm`).trim() }, ...descendants(pid)]);
}

/** Empty when the process has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
