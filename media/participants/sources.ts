import type { MediaKind, RtpParameters } from 'mediasoup/types';
import { MediaError, type MediaSource } from '../types.ts';

/** One of each source. */
export const producersPerPublisher = 5;
const encodingsPerProducer = 3;

const kindOf: Record<MediaSource, MediaKind> = {
  camera: 'video',
  'second-camera': 'video',
  screen: 'video',
  microphone: 'audio',
  'screen-audio': 'audio',
};

/** @throws MediaError unsupported when the kind is not the source's, or there are too many encodings */
export function assertSource(source: MediaSource, kind: MediaKind, { encodings = [] }: RtpParameters): void {
  if (kindOf[source] !== kind) throw new MediaError('unsupported', `${source} is not ${kind}`);
  if (encodings.length > encodingsPerProducer) throw new MediaError('unsupported', `at most ${encodingsPerProducer} encodings`);
}
