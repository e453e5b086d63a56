import type { ConsumerOptions, Subscription, TransportOptions } from '../types.ts';

const sha256Of = ({ dtlsParameters }: TransportOptions): string[] => {
  const sha256 = dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
  return sha256 ? [`a=fingerprint:sha-256 ${sha256.value}`] : [];
};

/** mediasoup allows every codec its own payload type, so that all consumers share one BUNDLE (RFC 9143). */
function mediaSection(consumer: ConsumerOptions, mid: number, transport: TransportOptions, ended: boolean): string[] {
  const { codecs, encodings, rtcp } = consumer.rtpParameters;
  const ssrc = encodings?.[0]?.ssrc;
  return [
    `m=${consumer.kind} 9 UDP/TLS/RTP/SAVPF ${codecs.map((codec) => codec.payloadType).join(' ')}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    `a=ice-ufrag:${transport.iceParameters.usernameFragment}`,
    `a=ice-pwd:${transport.iceParameters.password}`,
    ...sha256Of(transport),
    'a=setup:actpass',
    ended ? 'a=inactive' : 'a=sendonly',
    'a=rtcp-mux',
    ...codecs.flatMap((codec) => {
      const name = codec.mimeType.split('/')[1];
      const format = Object.entries(codec.parameters ?? {}).map(([key, value]) => `${key}=${value}`);
      return [
        `a=rtpmap:${codec.payloadType} ${name}/${codec.clockRate}${codec.channels ? `/${codec.channels}` : ''}`,
        ...(format.length > 0 ? [`a=fmtp:${codec.payloadType} ${format.join(';')}`] : []),
      ];
    }),
    ...(ssrc === undefined || ended ? [] : [`a=ssrc:${ssrc} cname:${rtcp?.cname ?? 'gangbo'}`]),
    ...transport.iceCandidates
      .filter((candidate) => candidate.protocol === 'udp')
      .map(
        (candidate) =>
          `a=candidate:${candidate.foundation} 1 udp ${candidate.priority} ${candidate.address} ${candidate.port} typ ${candidate.type}`,
      ),
    'a=end-of-candidates',
  ];
}

/**
 * The subscription as an SDP offer (RFC 8829) of an ICE-lite peer. Consumers that
 * came later stand at the end; those that ended stay in their place, inactive.
 */
export function offerOf({ transport, consumers }: Subscription, ended: ReadonlySet<string> = new Set()): string {
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=ice-lite',
    `a=group:BUNDLE ${consumers.map((_, mid) => mid).join(' ')}`,
    ...consumers.flatMap((consumer, mid) => mediaSection(consumer, mid, transport, ended.has(consumer.id))),
    '',
  ].join('\r\n');
}

/** The DTLS side of an answer, as media.connect takes it. @throws Error when it has no SHA-256 fingerprint */
export function dtlsOf(answer: string): { role: 'client'; fingerprints: [{ algorithm: 'sha-256'; value: string }] } {
  const value = /a=fingerprint:sha-256 (\S+)/i.exec(answer)?.[1];
  if (!value) throw new Error('the answer has no fingerprint');
  return { role: 'client', fingerprints: [{ algorithm: 'sha-256', value }] };
}
