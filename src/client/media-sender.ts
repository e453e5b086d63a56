import { Device, type types } from 'mediasoup-client';
import type { RoomEntrance } from '../contract/index.ts';
import { ReplyError } from './api.ts';
import { cameraEncodings, codecOptions } from './sending-layers.ts';
import { createSendingMeter, type SendingQuality } from './sending-quality.ts';
import type { RoomSocket } from './socket.ts';

export type SendingSource = 'camera' | 'microphone';
/** idle: nothing is sent; lost: the way to the server broke and is being rebuilt; failed: it cannot be, `fault` says why. */
export type SendingState = 'idle' | 'connecting' | 'sending' | 'lost' | 'failed';

export interface MediaSenderOptions {
  socket: RoomSocket;
  stageId: string;
  /** From the room's entrance. */
  routerRtpCapabilities: RoomEntrance['routerRtpCapabilities'];
  onState(state: SendingState, fault: Error | null): void;
}

/** Sends a recruiter's camera and microphone, and sends them again by itself whenever the way to the server is lost. */
export interface MediaSender {
  readonly state: SendingState;
  /**
   * Publishes the tracks; resolves when the server has accepted all of them.
   * @throws ReplyError when the server refuses for good, for example ALREADY_PUBLISHING
   */
  start(tracks: Partial<Record<SendingSource, MediaStreamTrack>>): Promise<void>;
  /** Another camera or microphone, without the room noticing more than the new picture. */
  replace(source: SendingSource, track: MediaStreamTrack): Promise<void>;
  /** Stops and restarts one of the two; nothing at all is sent of it meanwhile. */
  pause(source: SendingSource, paused: boolean): void;
  /** Publishes again, after the connection was joined to the session anew. */
  republish(): void;
  /** What is sent just now, or null while nothing is. */
  quality(): Promise<SendingQuality | null>;
  stop(): Promise<void>;
}

const RETRY_FIRST_MS = 500;
const RETRY_MOST_MS = 5_000;
/** How long ICE may stay disconnected before it is restarted (it often comes back by itself, RFC 8445 section 2). */
const ICE_PATIENCE_MS = 2_000;
/** Refusals that no repetition changes. */
const finalCodes = new Set(['FORBIDDEN', 'SESSION_ENDED', 'ALREADY_PUBLISHING', 'MEDIA_UNSUPPORTED', 'NOT_FOUND', 'BAD_INPUT']);

/**
 * Loads the browser's codecs against the server's and prepares a sender; nothing is sent before `start`.
 * @throws Error when the browser can send none of the server's codecs
 */
export async function createMediaSender({ socket, stageId, routerRtpCapabilities, onState }: MediaSenderOptions): Promise<MediaSender> {
  const device = await Device.factory();
  await device.load({ routerRtpCapabilities: routerRtpCapabilities as types.RtpCapabilities });

  const tracks = new Map<SendingSource, MediaStreamTrack>();
  const paused = new Set<SendingSource>();
  const producers = new Map<SendingSource, types.Producer>();
  const meter = createSendingMeter();
  let transport: types.Transport | null = null;
  let state: SendingState = 'idle';
  // Each publishing has a number; whatever an older one still reports is ignored.
  let attempt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const enter = (next: SendingState, fault: Error | null = null) => {
    state = next;
    onState(next, fault);
  };

  function discard() {
    clearTimeout(timer);
    transport?.close();
    transport = null;
    producers.clear();
    meter.reset();
  }

  async function produce(on: types.Transport, source: SendingSource, track: MediaStreamTrack) {
    const producer = await on.produce({
      track,
      ...(source === 'camera' ? { encodings: cameraEncodings(track) } : {}),
      codecOptions,
      stopTracks: false,
      zeroRtpOnPause: true,
      appData: { source },
    });
    producers.set(source, producer);
    if (paused.has(source)) producer.pause();
  }

  async function restartIce(current: types.Transport) {
    try {
      const { iceParameters } = await socket.request('media.restartIce', { stageId, transportId: current.id });
      await current.restartIce({ iceParameters });
    } catch {
      if (transport === current) republish();
    }
  }

  function watch(current: types.Transport) {
    let patience: ReturnType<typeof setTimeout> | undefined;
    current.on('connectionstatechange', (connection) => {
      clearTimeout(patience);
      if (transport !== current) return;
      if (connection === 'connected') {
        if (state === 'lost') enter('sending');
      } else if (connection === 'disconnected') {
        enter('lost');
        patience = setTimeout(() => void restartIce(current), ICE_PATIENCE_MS);
      } else if (connection === 'failed') {
        enter('lost');
        void restartIce(current);
      }
    });
    current.observer.on('close', () => clearTimeout(patience));
  }

  async function publish(number: number) {
    const { transport: parameters, iceServers } = await socket.request('stage.publish', { stageId });
    if (number !== attempt) return;
    const current = device.createSendTransport({ ...parameters, iceServers: iceServers as RTCIceServer[] });
    transport = current;
    watch(current);
    current.on('connect', ({ dtlsParameters }, done, failed) => {
      socket.request('stage.connect', { stageId, transportId: current.id, dtlsParameters }).then(() => done(), failed);
    });
    current.on('produce', ({ kind, rtpParameters, appData }, done, failed) => {
      const source: SendingSource = appData.source === 'camera' ? 'camera' : 'microphone';
      socket
        .request('stage.produce', {
          stageId,
          transportId: current.id,
          kind,
          source,
          rtpParameters: rtpParameters as Parameters<typeof socket.request<'stage.produce'>>[1]['rtpParameters'],
        })
        .then(({ producerId }) => done({ id: producerId }), failed);
    });
    // Sound first: it is small, and the room hears while the picture is negotiated.
    for (const source of ['microphone', 'camera'] as const) {
      const track = tracks.get(source);
      if (track && number === attempt) await produce(current, source, track);
    }
    if (number === attempt) enter('sending');
  }

  /** Publishes until it works, it is refused for good, or something newer takes over. */
  async function insist(number: number, delayMs: number): Promise<void> {
    try {
      await publish(number);
    } catch (error) {
      if (number !== attempt) return;
      discard();
      if (error instanceof ReplyError && finalCodes.has(error.code)) {
        enter('failed', error);
        throw error;
      }
      enter('lost', error instanceof Error ? error : null);
      await new Promise<void>((resolve) => {
        timer = setTimeout(resolve, delayMs);
      });
      if (number === attempt) await insist(number, Math.min(delayMs * 2, RETRY_MOST_MS));
    }
  }

  function republish() {
    if (state === 'idle') return;
    attempt += 1;
    discard();
    enter('lost');
    insist(attempt, RETRY_FIRST_MS).catch(() => undefined);
  }

  const onLost = (event: { stageId: string }) => {
    if (event.stageId === stageId) republish();
  };
  socket.raw.on('stage.lost', onLost);

  return {
    get state() {
      return state;
    },
    async start(given) {
      attempt += 1;
      discard();
      tracks.clear();
      for (const source of ['camera', 'microphone'] as const) {
        const track = given[source];
        if (track) tracks.set(source, track);
      }
      enter('connecting');
      await insist(attempt, RETRY_FIRST_MS);
    },
    async replace(source, track) {
      tracks.set(source, track);
      const producer = producers.get(source);
      if (producer) await producer.replaceTrack({ track });
      else if (transport && state === 'sending') await produce(transport, source, track);
    },
    pause(source, pausing) {
      if (pausing) paused.add(source);
      else paused.delete(source);
      const producer = producers.get(source);
      if (pausing) producer?.pause();
      else producer?.resume();
    },
    republish,
    quality: async () => (transport && state === 'sending' ? meter.read(await transport.getStats()) : null),
    async stop() {
      attempt += 1;
      const wasSending = state !== 'idle';
      socket.raw.off('stage.lost', onLost);
      discard();
      enter('idle');
      // The server closes everything of this connection anyway when it goes; this only tells it sooner.
      if (wasSending) await socket.request('stage.leave', { stageId }).catch(() => undefined);
    },
  };
}
