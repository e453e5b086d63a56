import type { RoomSocket } from '../../src/client/socket.ts';
import type { EventInput, MediaSource } from '../../src/contract/index.ts';

type RtpParameters = EventInput<'stage.produce'>['rtpParameters'];
export type Capabilities = NonNullable<EventInput<'room.join'>['rtpCapabilities']>;

let ssrc = 10_000;

/** A sound as Chromium sends it. */
export const opus = (): RtpParameters => ({
  mid: `a${++ssrc}`,
  codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48_000, channels: 2, parameters: { useinbandfec: 1 } }],
  encodings: [{ ssrc }],
  rtcp: { cname: 'test' },
});

/** A picture without simulcast. */
export const vp8 = (): RtpParameters => ({
  mid: `v${++ssrc}`,
  codecs: [{ mimeType: 'video/VP8', payloadType: 101, clockRate: 90_000, parameters: {} }],
  encodings: [{ ssrc }],
  rtcp: { cname: 'test' },
});

/** Publishes and sends one source; no packet flows, which signalling does not need. */
export async function sendFrom(socket: RoomSocket, stageId: string, source: MediaSource = 'microphone') {
  const { transport, seat } = await socket.request('stage.publish', { stageId });
  const { producerId } = await produce(socket, stageId, transport.id, source);
  return { transportId: transport.id, producerId, seat };
}

export function produce(socket: RoomSocket, stageId: string, transportId: string, source: MediaSource) {
  const sound = source === 'microphone' || source === 'screen-audio';
  return socket.request('stage.produce', {
    stageId,
    transportId,
    kind: sound ? 'audio' : 'video',
    source,
    rtpParameters: sound ? opus() : vp8(),
  });
}
