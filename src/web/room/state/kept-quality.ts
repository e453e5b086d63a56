import { type Quality, qualities } from './layers.ts';

const KEPT_AS = 'gangbo.quality';

/** What the browser says of the person's wish to save data (W3C Save Data API). */
function wantsToSaveData(): boolean {
  const connection: unknown = 'connection' in navigator ? navigator.connection : null;
  return typeof connection === 'object' && connection !== null && 'saveData' in connection && connection.saveData === true;
}

/** What was chosen on this device, else what the browser asks for. */
export function keptQuality(): Quality {
  try {
    const kept = localStorage.getItem(KEPT_AS);
    const known = qualities.find((quality) => quality === kept);
    if (known) return known;
  } catch {
    // Storage is refused in some private windows.
  }
  return wantsToSaveData() ? 'saver' : 'auto';
}

export function keepQuality(quality: Quality): void {
  try {
    localStorage.setItem(KEPT_AS, quality);
  } catch {
    // The choice then lasts as long as the page.
  }
}
