import type { Consumer, Device, RtpParameters, Transport } from 'mediasoup-client/types';
import type { ConsumerOptions, EventInput, Snapshot, Subscription } from '../contract/index.ts';
import type { RoomSocket } from './socket.ts';

type IceServers = NonNullable<Snapshot['media']>['iceServers'];

/** One picture or sound that is being received. */
export interface ReceivedTrack {
  consumerId: string;
  kind: 'audio' | 'video';
  source: ConsumerOptions['source'];
  track: MediaStreamTrack;
  receiver: RTCRtpReceiver | undefined;
}

/** `lost`: the transport is of no more use; ask for media again. */
export type ReceiverState = 'idle' | 'connecting' | 'connected' | 'disconnected' | 'lost';

export interface MediaReceiverOptions {
  /** Loaded with the router's capabilities; of mediasoup-client. */
  device: Device;
  socket: Pick<RoomSocket, 'request'>;
  stageId: string;
  onTracks: (tracks: ReceivedTrack[]) => void;
  onState: (state: ReceiverState) => void;
}

export interface MediaReceiver {
  /** To send with room.join and media.subscribe. */
  readonly rtpCapabilities: NonNullable<EventInput<'room.join'>['rtpCapabilities']>;
  /** Receives what a join or media.subscribe answered; an earlier transport is closed. */
  start(subscription: Subscription, iceServers: IceServers): Promise<void>;
  /** Receives something that was added to the stage later. */
  add(consumer: ConsumerOptions): Promise<void>;
  remove(consumerId: string): void;
  /** Stops or starts the pictures, at the server too; the sound goes on. */
  wantVideo(wanted: boolean): Promise<void>;
  /** After a change of network (RFC 8445, section 2.4): new ICE parameters for the same transport. */
  restartIce(): Promise<void>;
  close(): void;
}

/** The receiving half of a viewer's media: one transport and what it consumes. */
export function createMediaReceiver({ device, socket, stageId, onTracks, onState }: MediaReceiverOptions): MediaReceiver {
  let transport: Transport | null = null;
  const consumers = new Map<string, { consumer: Consumer; source: ConsumerOptions['source'] }>();
  let videoWanted = true;
  let restarting = false;

  const tell = () =>
    onTracks(
      [...consumers].map(([consumerId, { consumer, source }]) => ({
        consumerId,
        kind: consumer.kind,
        source,
        track: consumer.track,
        receiver: consumer.rtpReceiver,
      })),
    );
  const videoIds = () => [...consumers].filter(([, { consumer }]) => consumer.kind === 'video').map(([id]) => id);

  function drop(): void {
    transport?.close();
    transport = null;
    consumers.clear();
  }

  function lose(from: Transport): void {
    if (from !== transport) return;
    drop();
    onState('lost');
  }

  function open({ transport: options }: Subscription, iceServers: IceServers): Transport {
    const opened = device.createRecvTransport({
      ...options,
      iceServers: iceServers.map(({ urls, username, credential }) => ({
        urls,
        ...(username === undefined ? {} : { username }),
        ...(credential === undefined ? {} : { credential }),
      })),
    });
    opened.on('connect', ({ dtlsParameters }, proceed) => {
      // ICE may start while the server is told: that hides one round trip. DTLS
      // hellos that come before the answer are repeated by the browser.
      proceed();
      socket.request('media.connect', { stageId, transportId: options.id, dtlsParameters }).catch(() => lose(opened));
    });
    opened.on('connectionstatechange', (state) => {
      if (opened !== transport) return;
      if (state === 'connected') onState('connected');
      if (state === 'disconnected' || state === 'failed') {
        onState('disconnected');
        void receiver.restartIce();
      }
    });
    return opened;
  }

  async function consume(from: Transport, options: ConsumerOptions): Promise<void> {
    const { id, producerId, kind, rtpParameters, publisherId, source } = options;
    // The contract leaves header extension names open; the device knows which it takes. The same streamId keeps a publisher's picture and sound in step (lip sync).
    const consumer = await from.consume({ id, producerId, kind, rtpParameters: rtpParameters as RtpParameters, streamId: publisherId });
    if (from !== transport) consumer.close();
    else consumers.set(id, { consumer, source });
  }

  const receiver: MediaReceiver = {
    rtpCapabilities: device.recvRtpCapabilities as MediaReceiver['rtpCapabilities'],
    async start(subscription, iceServers) {
      const former = transport;
      consumers.clear();
      onState('connecting');
      const opened = open(subscription, iceServers);
      transport = opened;
      try {
        // Begun in one turn, so that all are negotiated in one offer and answer.
        await Promise.all(subscription.consumers.map((options) => consume(opened, options)));
      } catch {
        lose(opened);
        return;
      } finally {
        former?.close();
      }
      if (opened !== transport) return;
      tell();
      if (!videoWanted) await receiver.wantVideo(false);
    },
    async add(options) {
      const into = transport;
      if (!into || consumers.has(options.id)) return;
      try {
        await consume(into, options);
        if (into !== transport) return;
        tell();
        if (options.kind === 'audio' || videoWanted) await socket.request('media.resume', { stageId, consumerIds: [options.id] });
      } catch {
        lose(into);
      }
    },
    remove(consumerId) {
      const held = consumers.get(consumerId);
      if (!held) return;
      held.consumer.close();
      consumers.delete(consumerId);
      tell();
    },
    async wantVideo(wanted) {
      videoWanted = wanted;
      const consumerIds = videoIds();
      if (consumerIds.length === 0) return;
      for (const id of consumerIds) {
        const held = consumers.get(id);
        if (wanted) held?.consumer.resume();
        else held?.consumer.pause();
      }
      // Unanswered, the picture only costs data until the next join says it again.
      await socket.request(wanted ? 'media.resume' : 'media.pause', { stageId, consumerIds }).catch(() => undefined);
    },
    async restartIce() {
      const of = transport;
      if (!of || restarting) return;
      restarting = true;
      try {
        const { iceParameters } = await socket.request('media.restartIce', { stageId, transportId: of.id });
        if (of === transport) await of.restartIce({ iceParameters });
      } catch {
        lose(of);
      } finally {
        restarting = false;
      }
    },
    close() {
      drop();
      onState('idle');
    },
  };
  return receiver;
}
