/** The baseline's page: publishes with `#publish`, else watches and tells `window.firstFrameMs` (from asking for the capabilities to the first decoded frame). */
import { Device } from 'mediasoup-client';
import { io } from 'socket.io-client';

declare global {
  interface Window {
    firstFrameMs?: number;
    publishing?: boolean;
  }
}

const socket = io({ transports: ['websocket'] });
const ask = (event: string, payload: unknown = {}) => socket.emitWithAck(event, payload);

async function openDevice() {
  const device = new Device();
  await device.load({ routerRtpCapabilities: await ask('capabilities') });
  return device;
}

async function publish() {
  const device = await openDevice();
  const transport = device.createSendTransport(await ask('transport'));
  transport.on('connect', ({ dtlsParameters }, done, fail) => {
    ask('connect-transport', { dtlsParameters }).then(() => done(), fail);
  });
  transport.on('produce', ({ kind, rtpParameters }, done, fail) => {
    ask('produce', { kind, rtpParameters }).then(done, fail);
  });
  const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 1280, height: 720 } });
  for (const track of media.getTracks()) {
    const encodings =
      track.kind === 'video' ? [{ scaleResolutionDownBy: 4 }, { scaleResolutionDownBy: 2 }, { scaleResolutionDownBy: 1 }] : undefined;
    await transport.produce({ track, ...(encodings ? { encodings } : {}) });
  }
  window.publishing = true;
}

async function watch() {
  const start = performance.now();
  const device = await openDevice();
  const transport = device.createRecvTransport(await ask('transport'));
  transport.on('connect', ({ dtlsParameters }, done, fail) => {
    ask('connect-transport', { dtlsParameters }).then(() => done(), fail);
  });
  const offered = await ask('consume', { rtpCapabilities: device.recvRtpCapabilities });
  const consumers = await Promise.all(offered.map((options: Parameters<typeof transport.consume>[0]) => transport.consume(options)));
  const video = document.createElement('video');
  video.autoplay = true;
  video.muted = true;
  video.srcObject = new MediaStream(consumers.map((consumer) => consumer.track));
  document.body.append(video);
  video.requestVideoFrameCallback(() => {
    window.firstFrameMs = performance.now() - start;
  });
  await ask('resume');
}

socket.once('connect', () => {
  void (location.hash === '#publish' ? publish() : watch());
});
