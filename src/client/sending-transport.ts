import type { types } from 'mediasoup-client';
import type { EventInput, MediaSource, Seat } from '../contract/index.ts';
import { onNetworkChange } from './network-change.ts';
import { encodingOf } from './sending-layers.ts';
import type { RoomSocket } from './socket.ts';

/** How long ICE may stay disconnected before it is restarted: a blip comes back by itself (RFC 8445, section 2). */
const ICE_PATIENCE_MS = 800;
/** An answer that takes longer than this means that the connection to the server is gone too. */
const ANSWER_WITHIN_MS = 3_000;
/** How long a restarted ICE may take before the transport counts as lost. */
const RESTART_LIMIT_MS = 4_000;

export interface SendingTransportOptions {
  device: types.Device;
  socket: RoomSocket;
  stageId: string;
  /** The path to the server is broken, and being mended. */
  onBroken(): void;
  /** The path works, for the first time or again. */
  onConnected(): void;
  /** The transport is of no more use. */
  onLost(): void;
}

/**
 * One send transport and what it sends; it mends its own path, and is thrown
 * away when that fails. Its calls are carried out one after another.
 */
export interface SendingTransport {
  readonly seat: Seat;
  readonly connected: boolean;
  sends(source: MediaSource): boolean;
  /** Sends a track, or puts it in the place of the source's earlier one. @throws ReplyError, UnreachableError */
  send(source: MediaSource, track: MediaStreamTrack, paused: boolean): Promise<void>;
  /** @throws ReplyError when the server refuses, for example a microphone that staff turned off */
  pause(source: MediaSource, paused: boolean): Promise<void>;
  remove(source: MediaSource): Promise<void>;
  stats(): Promise<RTCStatsReport>;
  close(): void;
}

/**
 * Asks for a place on the stage and opens the transport there; the path is only tried with the first `send`.
 * @throws ReplyError when the server refuses, UnreachableError when it does not answer
 */
export async function openSendingTransport(options: SendingTransportOptions): Promise<SendingTransport> {
  const { device, socket, stageId, onBroken, onConnected, onLost } = options;
  const { transport: parameters, iceServers, seat } = await socket.request('stage.publish', { stageId });
  const transport = device.createSendTransport({ ...parameters, iceServers: iceServers as RTCIceServer[] });
  const producers = new Map<MediaSource, types.Producer>();
  let patience: ReturnType<typeof setTimeout> | undefined;
  let restarting = false;
  let last: Promise<unknown> = Promise.resolve();

  /** After whatever was asked before, so that a source is never sent twice nor kept when it was removed meanwhile. */
  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = last.then(act);
    last = turn.catch(() => undefined);
    return turn;
  }

  function lose() {
    if (transport.closed) return;
    close();
    onLost();
  }
  function close() {
    clearTimeout(patience);
    stopListening();
    transport.close();
    producers.clear();
  }

  async function restartIce() {
    clearTimeout(patience);
    // Without the socket the server cannot be asked; whoever joins again publishes anew.
    if (restarting || transport.closed || transport.connectionState === 'new' || !socket.raw.connected) return;
    restarting = true;
    try {
      const asked = { stageId, transportId: transport.id };
      const answer = await socket.request('media.restartIce', asked, { timeoutMs: ANSWER_WITHIN_MS });
      if (transport.closed) return;
      await transport.updateIceServers({ iceServers: answer.iceServers as RTCIceServer[] });
      await transport.restartIce({ iceParameters: answer.iceParameters });
      patience = setTimeout(() => {
        if (transport.connectionState !== 'connected') lose();
      }, RESTART_LIMIT_MS);
    } catch {
      lose();
    } finally {
      restarting = false;
    }
  }
  const stopListening = onNetworkChange(() => void restartIce());

  transport.on('connect', ({ dtlsParameters }, proceed) => {
    // ICE may start while the server is told: that hides one round trip. DTLS
    // hellos that come before the answer are repeated by the browser.
    proceed();
    socket.request('stage.connect', { stageId, transportId: transport.id, dtlsParameters }).catch(lose);
  });
  transport.on('produce', ({ kind, rtpParameters, appData }, accepted, refused) => {
    const request = { stageId, transportId: transport.id, kind, source: appData.source, rtpParameters } as EventInput<'stage.produce'>;
    socket.request('stage.produce', request).then(({ producerId }) => accepted({ id: producerId }), refused);
  });
  transport.on('connectionstatechange', (state) => {
    clearTimeout(patience);
    if (state === 'connected') onConnected();
    if (state === 'disconnected') {
      onBroken();
      patience = setTimeout(() => void restartIce(), ICE_PATIENCE_MS);
    }
    if (state === 'failed') {
      onBroken();
      void restartIce();
    }
  });

  async function produce(source: MediaSource, track: MediaStreamTrack, paused: boolean) {
    const { codecs = [] } = device.sendRtpCapabilities;
    const { contentHint, ...encoding } = await encodingOf(source, track, { codecs, seat });
    if (contentHint) track.contentHint = contentHint;
    const producer = await transport.produce({ ...encoding, track, stopTracks: false, zeroRtpOnPause: true, appData: { source } });
    producers.set(source, producer);
    if (!paused) return;
    producer.pause();
    await socket.request('stage.pause', { stageId, producerId: producer.id, paused });
  }

  return {
    seat,
    get connected() {
      return transport.connectionState === 'connected';
    },
    sends: (source) => producers.has(source),
    send: (source, track, paused) =>
      inTurn(async () => {
        const earlier = producers.get(source);
        if (!earlier) await produce(source, track, paused);
        else if (earlier.track !== track) await earlier.replaceTrack({ track });
      }),
    pause: (source, paused) =>
      inTurn(async () => {
        const producer = producers.get(source);
        if (!producer || producer.paused === paused) return;
        if (paused) producer.pause();
        await socket.request('stage.pause', { stageId, producerId: producer.id, paused });
        if (!paused) producer.resume();
      }),
    remove: (source) =>
      inTurn(async () => {
        const producer = producers.get(source);
        if (!producer) return;
        producers.delete(source);
        producer.close();
        await socket.request('stage.closeProducer', { stageId, producerId: producer.id });
      }),
    stats: () => transport.getStats(),
    close,
  };
}
