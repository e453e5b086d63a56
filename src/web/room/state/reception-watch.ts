import { ref, shallowRef } from 'vue';
import { createReceivingMeter, type ReceivingQuality } from '../../../client/media-receiving-quality.ts';

const READ_EVERY_MS = 2_000;
/** More loss than this is seen and heard. */
const WEAK_LOSS = 0.05;
/** A picture with less than this share of the lines it had is a lower layer than before. */
const LOWERED = 0.7;
/** So many readings alike before it is said: a single one is a blip. */
const READINGS = 2;

export interface ReceptionWatchOptions {
  stats: () => Promise<RTCStatsReport | null>;
  /** The id of the track looked at, if its largest layer is wanted: it has a height to fall from. */
  watched: () => string | null;
}

/** Follows how the stage is received, and says when the network is too weak for what is wanted. */
export function createReceptionWatch({ stats, watched }: ReceptionWatchOptions) {
  const reading = shallowRef<ReceivingQuality | null>(null);
  const weak = ref(false);
  const meter = createReceivingMeter();
  /** The most lines seen of the track watched. */
  let best = { track: '', lines: 0 };
  let run = 0;

  async function read(): Promise<void> {
    if (document.visibilityState !== 'visible') return;
    const report = await stats().catch(() => null);
    if (!report) {
      reading.value = null;
      return;
    }
    const now = meter.read(report);
    reading.value = now;
    const track = watched();
    const lines = (track ? now.pictures.get(track)?.height : 0) ?? 0;
    if (track !== best.track) best = { track: track ?? '', lines: 0 };
    const lowered = lines > 0 && lines < best.lines * LOWERED;
    best.lines = Math.max(best.lines, lines);
    const isWeak = now.loss > WEAK_LOSS || lowered;
    run = isWeak === weak.value ? 0 : run + 1;
    if (run < READINGS) return;
    weak.value = isWeak;
    run = 0;
  }

  const timer = setInterval(() => void read(), READ_EVERY_MS);
  return { reading, weak, close: () => clearInterval(timer) };
}
