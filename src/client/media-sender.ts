import { Device, type types } from 'mediasoup-client';
import type { MediaSource, RoomEntrance, Seat } from '../contract/index.ts';
import { ReplyError, UnreachableError } from './api.ts';
import { cannotBeSent } from './sending-faults.ts';
import { createSendingMeter, type SendingQuality } from './sending-quality.ts';
import { openSendingTransport, type SendingTransport } from './sending-transport.ts';
import type { RoomSocket } from './socket.ts';

export type SendingSource = MediaSource;
/**
 * idle: nothing is sent; lost: the way to the server broke and is being rebuilt;
 * replaced: another device of the same person sends now; failed: it cannot be
 * sent, `fault` says why.
 */
export type SendingState = 'idle' | 'connecting' | 'sending' | 'lost' | 'replaced' | 'failed';

export interface MediaSenderOptions {
  socket: RoomSocket;
  /** The id of the session, or of the call. */
  stageId: string;
  /** From the room's entrance. */
  routerRtpCapabilities: RoomEntrance['routerRtpCapabilities'];
  onState(state: SendingState, fault: Error | null): void;
}

/**
 * Sends what a recruiter, a viewer on stage or a side of a call shows and says,
 * and sends it again by itself whenever the way to the server is lost. Tracks
 * belong to the caller, who stops them.
 */
export interface MediaSender {
  readonly state: SendingState;
  /** Answered by the server when the stage was entered; null before. */
  readonly seat: Seat | null;
  /**
   * Publishes the tracks; resolves when the server has accepted all of them.
   * @throws ReplyError when the server refuses for good, for example ALREADY_PUBLISHING
   */
  start(tracks: Partial<Record<SendingSource, MediaStreamTrack>>): Promise<void>;
  /**
   * Sends one more picture or sound, or another track in the place of the source's earlier one; the others go on undisturbed.
   * Before `start` and while the way is lost it is only noted, and sent with the rest.
   * @throws ReplyError when the server refuses it; the rest goes on
   */
  add(source: SendingSource, track: MediaStreamTrack): Promise<void>;
  /** Stops sending one source; viewers lose that picture or sound alone. */
  remove(source: SendingSource): Promise<void>;
  /**
   * Pauses or resumes one source, at the server too, so that viewers' players pause with it.
   * @returns whether it is so now: false when staff turned a guest's microphone off and it asks to resume
   */
  pause(source: SendingSource, paused: boolean): Promise<boolean>;
  /** Publishes again; to be called after the connection has joined its session or call anew. */
  republish(): void;
  /** What is sent just now, or null while nothing is. */
  quality(): Promise<SendingQuality | null>;
  /** For good: another start needs another sender. */
  stop(): Promise<void>;
}

/** After a first attempt without delay. */
const RETRY_FIRST_MS = 250;
const RETRY_MOST_MS = 5_000;
/** Sound first: it is small, and the room hears while the pictures are negotiated. */
const order: readonly SendingSource[] = ['microphone', 'camera', 'screen', 'screen-audio', 'second-camera'];

/**
 * Loads the browser's codecs against the server's and prepares a sender; nothing is sent before `start`.
 * @throws Error when the browser can send none of the server's codecs
 */
export async function createMediaSender({ socket, stageId, routerRtpCapabilities, onState }: MediaSenderOptions): Promise<MediaSender> {
  const device = await Device.factory();
  await device.load({ routerRtpCapabilities: routerRtpCapabilities as types.RtpCapabilities });

  const tracks = new Map<SendingSource, MediaStreamTrack>();
  const paused = new Set<SendingSource>();
  const meter = createSendingMeter();
  let way: SendingTransport | null = null;
  let state: SendingState = 'idle';
  let seat: Seat | null = null;
  // Each publishing has a number; whatever an older one still reports is ignored.
  let attempt = 0;
  let wake: (() => void) | undefined;

  const enter = (next: SendingState, fault: Error | null = null) => {
    if (state === next && !fault) return;
    state = next;
    onState(next, fault);
  };

  function discard() {
    attempt += 1;
    wake?.();
    way?.close();
    way = null;
    meter.reset();
  }

  async function publish(number: number) {
    if (!socket.raw.connected) throw new UnreachableError('the connection is being restored');
    const current: SendingTransport = await openSendingTransport({
      device,
      socket,
      stageId,
      onBroken: () => way === current && enter('lost'),
      onConnected: () => way === current && state === 'lost' && enter('sending'),
      onLost: () => way === current && republish(),
    });
    if (number !== attempt) {
      current.close();
      return;
    }
    way = current;
    seat = current.seat;
    // Asked anew each time: sources may be added while others are being sent.
    const next = () => order.find((source) => tracks.get(source)?.readyState === 'live' && !current.sends(source));
    for (let source = next(); source && number === attempt; source = next()) {
      const track = tracks.get(source);
      if (track) await current.send(source, track, paused.has(source));
    }
    if (number === attempt) enter('sending');
  }

  /** Publishes until it works, it is refused for good, or something newer takes over. */
  async function insist() {
    const number = attempt;
    for (let delayMs = RETRY_FIRST_MS; number === attempt; delayMs = Math.min(delayMs * 2, RETRY_MOST_MS)) {
      try {
        await publish(number);
        return;
      } catch (error) {
        if (number !== attempt) return;
        way?.close();
        way = null;
        if (cannotBeSent(error)) {
          discard();
          enter('failed', error);
          throw error;
        }
        enter('lost', error instanceof Error ? error : null);
        // Unanswered although connected: the browser would take long to notice that the connection is dead.
        if (error instanceof UnreachableError && socket.raw.connected) socket.reconnect();
      }
      // Spread out, so that everybody whom one failure cut off does not come back in the same moment.
      const wait = delayMs * (0.5 + Math.random());
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  function republish() {
    if (state === 'idle' || state === 'replaced' || state === 'failed') return;
    discard();
    enter('lost');
    insist().catch(() => undefined);
  }

  const onLost = (event: { stageId: string }) => {
    if (event.stageId === stageId) republish();
  };
  const onReplaced = (event: { stageId: string }) => {
    if (event.stageId !== stageId || state === 'idle') return;
    discard();
    enter('replaced');
  };
  socket.raw.on('stage.lost', onLost);
  socket.raw.on('stage.replaced', onReplaced);

  return {
    get state() {
      return state;
    },
    get seat() {
      return seat;
    },
    async start(given) {
      discard();
      tracks.clear();
      for (const source of order) {
        const track = given[source];
        if (track) tracks.set(source, track);
      }
      enter('connecting');
      await insist();
    },
    async add(source, track) {
      tracks.set(source, track);
      const current = way;
      if (!current) return;
      try {
        await current.send(source, track, paused.has(source));
      } catch (error) {
        if (way !== current) return;
        if (!cannotBeSent(error)) {
          republish();
          return;
        }
        tracks.delete(source);
        throw error;
      }
    },
    async remove(source) {
      tracks.delete(source);
      paused.delete(source);
      // Unanswered, the server closes it with the connection.
      await way?.remove(source).catch(() => undefined);
    },
    async pause(source, pausing) {
      if (pausing) paused.add(source);
      else paused.delete(source);
      try {
        await way?.pause(source, pausing);
        return true;
      } catch (error) {
        if (pausing || !(error instanceof ReplyError)) return true;
        paused.add(source);
        return false;
      }
    },
    republish,
    quality: async () => (way?.connected && state === 'sending' ? meter.read(await way.stats()) : null),
    async stop() {
      const wasSending = state !== 'idle' && state !== 'replaced';
      socket.raw.off('stage.lost', onLost);
      socket.raw.off('stage.replaced', onReplaced);
      discard();
      tracks.clear();
      enter('idle');
      // The server closes everything of this connection anyway when it goes; this only tells it sooner.
      if (wasSending && socket.raw.connected) await socket.request('stage.leave', { stageId }).catch(() => undefined);
    },
  };
}
