import { execFileSync } from 'node:child_process';

/** Machines that are none: network namespaces on one bridge, which this process is on too (ip-netns(8)). */
export interface Namespaces {
  /** The address of each, and the command under which a program runs in it. */
  machines: { address: string; under: string[] }[];
  remove(): void;
}

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'pipe' });

/**
 * Makes machines in a network of their own.
 * @returns null where the test may not make any; only root may
 */
export function makeNamespaces(count: number): Namespaces | null {
  const id = process.pid % 10_000;
  const bridge = `gb${id}`;
  const third = 1 + (id % 250);
  const names = Array.from({ length: count }, (_, index) => `gb${id}n${index}`);
  const remove = () => {
    for (const name of names) attempt(() => ip('netns', 'delete', name));
    attempt(() => ip('link', 'delete', bridge));
  };
  try {
    ip('link', 'add', bridge, 'type', 'bridge');
    ip('address', 'add', `10.213.${third}.1/24`, 'dev', bridge);
    ip('link', 'set', bridge, 'up');
    const machines = names.map((name, index) => {
      const address = `10.213.${third}.${index + 2}`;
      ip('netns', 'add', name);
      ip('link', 'add', `${name}o`, 'type', 'veth', 'peer', 'name', `${name}i`, 'netns', name);
      ip('link', 'set', `${name}o`, 'master', bridge, 'up');
      ip('-netns', name, 'address', 'add', `${address}/24`, 'dev', `${name}i`);
      ip('-netns', name, 'link', 'set', `${name}i`, 'up');
      ip('-netns', name, 'link', 'set', 'lo', 'up');
      return { address, under: ['ip', 'netns', 'exec', name] };
    });
    return { machines, remove };
  } catch {
    remove();
    return null;
  }
}

function attempt(act: () => unknown): void {
  try {
    act();
  } catch {
    // It was not made, or is gone already.
  }
}
