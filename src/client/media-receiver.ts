import type { Consumer, Device, RtpParameters, Transport } from 'mediasoup-client/types';
import type { ConsumerOptions, EventInput, Snapshot, Subscription } from '../contract/index.ts';
import type { RoomSocket } from './socket.ts';

export type IceServers = NonNullable<Snapshot['media']>['iceServers'];

/** One picture or sound that is being received. */
export interface ReceivedTrack extends Pick<ConsumerOptions, 'kind' | 'source' | 'seat' | 'publisherId'> {
  consumerId: string;
  track: MediaStreamTrack;
  receiver: RTCRtpReceiver | undefined;
  /** How many spatial and temporal layers it is sent in; 1 and 1 when there is no choice. */
  layers: { spatial: number; temporal: number };
}

/** `lost`: the transport is of no more use; ask for media again. */
export type ReceiverState = 'idle' | 'connecting' | 'connected' | 'disconnected' | 'lost';

export interface MediaReceiverOptions {
  /** Loaded with the router's capabilities; of mediasoup-client. */
  device: Device;
  socket: Pick<RoomSocket, 'request'>;
  /** A session's id, or a call's. */
  stageId: string;
  onTracks: (tracks: ReceivedTrack[]) => void;
  onState: (state: ReceiverState) => void;
}

export interface MediaReceiver {
  /** To send with room.join, call.join and media.subscribe. */
  readonly rtpCapabilities: NonNullable<EventInput<'room.join'>['rtpCapabilities']>;
  /** Receives what a join or media.subscribe answered; an earlier transport is closed. */
  start(subscription: Subscription, iceServers: IceServers): Promise<void>;
  /** Receives something that was added to the stage later. */
  add(consumer: ConsumerOptions): Promise<void>;
  remove(consumerId: string): void;
  /** Stops or starts the pictures, at the server too; the sound goes on. */
  wantVideo(wanted: boolean): Promise<void>;
  /** The highest layers wanted of a picture, 0 the smallest; said to the server only when it changes. */
  preferLayer(consumerId: string, spatialLayer: number, temporalLayer: number): void;
  /** After a change of network (RFC 8445, section 2.4): new ICE parameters for the same transport. */
  restartIce(): Promise<void>;
  /** Statistics of the transport (W3C webrtc-stats); null while there is none. */
  stats(): Promise<RTCStatsReport | null>;
  close(): void;
}

/** How long ICE may stay disconnected before it is restarted: a blip comes back by itself. */
const ICE_PATIENCE_MS = 1_000;
/** An answer that takes longer than this means that the connection to the server is gone too. */
const RESTART_WITHIN_MS = 3_000;
/**
 * How long something that is gone is kept open: a player turns black when a track
 * ends, and its last frame should stay until there is a newer one.
 */
const LINGER_MS = 6_000;

/** The layers of a scalability mode such as L3T3_KEY (W3C webrtc-svc, section 6); one of each when there is none. */
export function layersOf(scalabilityMode: string | undefined): ReceivedTrack['layers'] {
  const [, spatial = 1, temporal = 1] = /^[LS](\d)T(\d)/.exec(scalabilityMode ?? '') ?? [];
  return { spatial: Number(spatial), temporal: Number(temporal) };
}

/** The browser's form of the contract's ICE servers, which names absent fields by leaving them out. */
const browserIceServers = (iceServers: IceServers): RTCIceServer[] =>
  iceServers.map(({ urls, username, credential }) => ({
    urls,
    ...(username === undefined ? {} : { username }),
    ...(credential === undefined ? {} : { credential }),
  }));

/** The receiving half of a viewer's media: one transport and what it consumes. */
export function createMediaReceiver({ device, socket, stageId, onTracks, onState }: MediaReceiverOptions): MediaReceiver {
  let transport: Transport | null = null;
  const consumers = new Map<string, { consumer: Consumer; options: ConsumerOptions }>();
  const preferred = new Map<string, string>();
  let videoWanted = true;
  let restarting: Transport | null = null;
  let patience: ReturnType<typeof setTimeout> | undefined;
  let closed = false;
  /** What was replaced or has gone, to be closed a little later. */
  const lingering = new Map<Transport | Consumer, ReturnType<typeof setTimeout>>();

  function linger(gone: Transport | Consumer): void {
    // One former transport is enough: the one before it is on no screen any more.
    if ('consume' in gone) for (const earlier of lingering.keys()) if ('consume' in earlier) end(earlier);
    lingering.set(
      gone,
      setTimeout(() => end(gone), LINGER_MS),
    );
  }
  function end(gone: Transport | Consumer): void {
    clearTimeout(lingering.get(gone));
    lingering.delete(gone);
    gone.close();
  }

  const tell = () =>
    onTracks(
      [...consumers].map(([consumerId, { consumer, options }]) => {
        const { kind, source, seat, publisherId } = options;
        return {
          consumerId,
          kind,
          source,
          seat,
          publisherId,
          track: consumer.track,
          receiver: consumer.rtpReceiver,
          layers: layersOf(options.rtpParameters.encodings?.[0]?.scalabilityMode),
        };
      }),
    );
  const videoIds = () => [...consumers].filter(([, { consumer }]) => consumer.kind === 'video').map(([id]) => id);

  function drop(): void {
    clearTimeout(patience);
    if (transport) linger(transport);
    transport = null;
    consumers.clear();
    preferred.clear();
  }

  function lose(from: Transport): void {
    if (from !== transport) return;
    drop();
    onState('lost');
  }

  function open({ transport: options }: Subscription, iceServers: IceServers): Transport {
    const opened = device.createRecvTransport({ ...options, iceServers: browserIceServers(iceServers) });
    opened.on('connect', ({ dtlsParameters }, proceed) => {
      // ICE may start while the server is told: that hides one round trip. DTLS
      // hellos that come before the answer are repeated by the browser.
      proceed();
      socket.request('media.connect', { stageId, transportId: options.id, dtlsParameters }).catch(() => lose(opened));
    });
    opened.on('connectionstatechange', (state) => {
      if (opened !== transport) return;
      clearTimeout(patience);
      if (state === 'connected') onState('connected');
      if (state !== 'disconnected' && state !== 'failed') return;
      onState('disconnected');
      if (state === 'failed') void receiver.restartIce();
      else patience = setTimeout(() => void receiver.restartIce(), ICE_PATIENCE_MS);
    });
    return opened;
  }

  async function consume(from: Transport, options: ConsumerOptions): Promise<void> {
    const { id, producerId, kind, rtpParameters, publisherId } = options;
    // The contract leaves header extension names open; the device knows which it takes. The same streamId keeps a publisher's picture and sound in step (lip sync).
    const consumer = await from.consume({ id, producerId, kind, rtpParameters: rtpParameters as RtpParameters, streamId: publisherId });
    if (from !== transport || closed) consumer.close();
    else consumers.set(id, { consumer, options });
  }

  const receiver: MediaReceiver = {
    rtpCapabilities: device.recvRtpCapabilities as MediaReceiver['rtpCapabilities'],
    async start(subscription, iceServers) {
      const former = transport;
      clearTimeout(patience);
      consumers.clear();
      preferred.clear();
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
        if (former) linger(former);
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
        if (options.kind === 'video' && !videoWanted) consumers.get(options.id)?.consumer.pause();
        tell();
        if (options.kind === 'audio' || videoWanted) await socket.request('media.resume', { stageId, consumerIds: [options.id] });
      } catch {
        // It may have ended while it was being added; anything else is put right by asking anew.
        if (consumers.has(options.id)) lose(into);
      }
    },
    remove(consumerId) {
      const held = consumers.get(consumerId);
      if (!held) return;
      linger(held.consumer);
      consumers.delete(consumerId);
      preferred.delete(consumerId);
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
    preferLayer(consumerId, spatialLayer, temporalLayer) {
      const wanted = `${spatialLayer}/${temporalLayer}`;
      if (!consumers.has(consumerId) || preferred.get(consumerId) === wanted) return;
      preferred.set(consumerId, wanted);
      socket.request('media.preferLayer', { stageId, consumerId, spatialLayer, temporalLayer }).catch(() => {
        // Said again with the next change; until then the server's own choice stands.
        if (preferred.get(consumerId) === wanted) preferred.delete(consumerId);
      });
    },
    async restartIce() {
      const of = transport;
      if (!of || restarting === of) return;
      restarting = of;
      clearTimeout(patience);
      try {
        const answer = await socket.request('media.restartIce', { stageId, transportId: of.id }, { timeoutMs: RESTART_WITHIN_MS });
        if (of !== transport) return;
        await of.updateIceServers({ iceServers: browserIceServers(answer.iceServers) });
        await of.restartIce({ iceParameters: answer.iceParameters });
      } catch {
        lose(of);
      } finally {
        if (restarting === of) restarting = null;
      }
    },
    stats: async () => (transport ? transport.getStats() : null),
    close() {
      closed = true;
      drop();
      for (const gone of lingering.keys()) end(gone);
      onState('idle');
    },
  };
  return receiver;
}
