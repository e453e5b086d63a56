import type { Device } from 'mediasoup-client/types';
import type { ServerToClientEvents, Snapshot } from '../contract/index.ts';
import { UnreachableError } from './api.ts';
import { createMediaReceiver, type MediaReceiver, type ReceivedTrack, type ReceiverState } from './media-receiver.ts';
import { onNetworkChange } from './network-change.ts';
import type { RoomSocket } from './socket.ts';

type Heard<E extends keyof ServerToClientEvents> = ServerToClientEvents[E];

export interface MediaReceptionOptions {
  /** Loaded with the router's capabilities; of mediasoup-client. */
  device: Device;
  socket: Pick<RoomSocket, 'raw' | 'request' | 'reconnect'>;
  /** A session's id, or a call's. */
  stageId: string;
  onTracks: (tracks: ReceivedTrack[]) => void;
  onState: (state: ReceiverState) => void;
}

export interface MediaReception extends Pick<MediaReceiver, 'rtpCapabilities' | 'wantVideo' | 'preferLayer' | 'stats'> {
  /** With the media part of a join's answer, after every connection anew; null asks for it again soon. */
  begin(media: Snapshot['media']): Promise<void>;
  close(): void;
}

/** The first attempt after a loss is made at once; these are the waits before the next ones. */
const RETRY_MS = [250, 500, 1_000, 2_000, 4_000] as const;

/** Some milliseconds less, by chance: a room that fails together must not come back together. */
const spread = (wait: number) => wait * (0.5 + Math.random() / 2);

/**
 * Keeps a stage received, whatever breaks: follows its pictures and sounds as they
 * come and go, asks for media again after a loss, and restarts ICE when the network
 * changes. What was received last stays with `onTracks` until there is something newer.
 */
export function createMediaReception({ device, socket, stageId, onTracks, onState }: MediaReceptionOptions): MediaReception {
  let retry: ReturnType<typeof setTimeout> | undefined;
  let attempts = 0;
  /** Tells the newest asking from those that a later loss or join has overtaken. */
  let asking = 0;
  /** The connection broke: the join after it answers with media, and two askings at once would undo one another. */
  let joining = false;
  let closed = false;

  const receiver = createMediaReceiver({
    device,
    socket,
    stageId,
    onTracks,
    onState: (state) => {
      if (state === 'connected') attempts = 0;
      if (state === 'lost') askSoon();
      onState(state);
    },
  });

  function askSoon(): void {
    clearTimeout(retry);
    if (closed || joining) return;
    const wait = attempts === 0 ? 0 : spread(RETRY_MS[Math.min(attempts, RETRY_MS.length) - 1] ?? 0);
    attempts += 1;
    retry = setTimeout(() => void ask(), wait);
  }

  async function ask(): Promise<void> {
    clearTimeout(retry);
    if (closed || joining || !socket.raw.connected) return;
    asking += 1;
    const mine = asking;
    try {
      const { iceServers, ...subscription } = await socket.request('media.subscribe', {
        stageId,
        rtpCapabilities: receiver.rtpCapabilities,
      });
      if (mine === asking && !closed) await receiver.start(subscription, iceServers);
    } catch (error) {
      if (mine !== asking || closed) return;
      if (error instanceof UnreachableError) socket.reconnect();
      else askSoon();
    }
  }

  const onAdded: Heard<'media.consumerAdded'> = (event) => {
    if (event.stageId === stageId) void receiver.add(event.consumer);
  };
  const onClosed: Heard<'media.consumerClosed'> = (event) => {
    if (event.stageId === stageId) receiver.remove(event.consumerId);
  };
  const onLost: Heard<'media.lost'> = (event) => {
    if (event.stageId !== stageId) return;
    attempts = 1;
    onState('lost');
    void ask();
  };
  const onDisconnect = () => {
    joining = true;
    clearTimeout(retry);
  };
  // Without a connection the next join brings a new transport anyway.
  const stopListening = onNetworkChange(() => {
    if (socket.raw.connected && !joining) void receiver.restartIce();
  });
  socket.raw.on('media.consumerAdded', onAdded);
  socket.raw.on('media.consumerClosed', onClosed);
  socket.raw.on('media.lost', onLost);
  socket.raw.on('disconnect', onDisconnect);

  return {
    rtpCapabilities: receiver.rtpCapabilities,
    wantVideo: receiver.wantVideo,
    preferLayer: receiver.preferLayer,
    stats: receiver.stats,
    async begin(media) {
      clearTimeout(retry);
      asking += 1;
      joining = false;
      if (closed) return;
      if (media) await receiver.start(media.subscription, media.iceServers);
      else {
        attempts = 1;
        askSoon();
      }
    },
    close() {
      closed = true;
      clearTimeout(retry);
      socket.raw.off('media.consumerAdded', onAdded);
      socket.raw.off('media.consumerClosed', onClosed);
      socket.raw.off('media.lost', onLost);
      socket.raw.off('disconnect', onDisconnect);
      stopListening();
      receiver.close();
    },
  };
}
