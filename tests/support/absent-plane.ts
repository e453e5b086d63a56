import { MediaError, type MediaPlane } from '../../media/index.ts';

const refuse = () => Promise.reject(new MediaError('unavailable', 'nothing carries stages here'));

/** Stands where no media plane is: refuses everything, and nothing ever happens on it. */
export const absentPlane: MediaPlane = {
  routerRtpCapabilities: { codecs: [], headerExtensions: [] },
  subscribe: refuse,
  connectSubscriber: refuse,
  resume: refuse,
  pause: refuse,
  preferLayer: refuse,
  restartIce: refuse,
  unsubscribe: refuse,
  publish: refuse,
  connectPublisher: refuse,
  produce: refuse,
  pauseProducer: refuse,
  closeProducer: refuse,
  ingestRtp: refuse,
  unpublish: refuse,
  closeStage: refuse,
  stageHealth: refuse,
  hosts: () => [],
  close: async () => undefined,
  on: () => undefined,
  off: () => undefined,
};
