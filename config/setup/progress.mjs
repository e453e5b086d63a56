let done = 0;

/** How many steps had something to do. */
export const stepsDone = () => done;

/**
 * Runs one step of the set-up. A step that has nothing to do says nothing; one
 * that reports gets its name, its lines and its time printed.
 * @param {string} name
 * @param {(report: (line: string) => void) => unknown} work
 */
export async function step(name, work) {
  const began = Date.now();
  let told = false;
  const seconds = () => `${((Date.now() - began) / 1000).toFixed(1)} s`;
  await work((line) => {
    if (!told) console.log(`▸ ${name}`);
    told = true;
    console.log(`    ${line} (${seconds()})`);
  });
  if (!told) return;
  done += 1;
  console.log(`  ${name}: ready after ${seconds()}`);
}
