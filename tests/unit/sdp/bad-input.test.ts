import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SdpError } from '../../../media/sdp/fault.ts';
import { readFragment, writeFragment } from '../../../media/sdp/fragment.ts';
import { sdpLimits } from '../../../media/sdp/lines.ts';
import { readOffer } from '../../../media/sdp/offer.ts';
import { readReceiving } from '../../../media/sdp/receiving.ts';
import { readSending } from '../../../media/sdp/sending.ts';
import { offers, playerOffers, routerCapabilities, transport } from './offers.ts';

/** How an offer ends: answered, or why not. Anything but an SdpError fails the test. */
function outcomeOf(text: string): string {
  try {
    const offer = readOffer(text);
    readSending(offer, routerCapabilities);
    return 'answered';
  } catch (error) {
    if (error instanceof SdpError) return error.fault;
    throw error;
  }
}

const all = [...Object.values(offers), ...Object.values(playerOffers)];

describe('an offer that cannot be answered', () => {
  it.each([
    ['nothing', ''],
    ['no SDP', 'hello'],
    ['no section', 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n'],
    ['no ICE user', offers.obs.replace(/a=ice-ufrag.*\r\n/g, '')],
    ['a short ICE password', offers.obs.replace(/a=ice-pwd:.*/g, 'a=ice-pwd:short')],
    ['no fingerprint', offers.obs.replace(/a=fingerprint.*\r\n/g, '')],
    ['a fingerprint of another length', offers.obs.replace(/a=fingerprint.*/g, 'a=fingerprint:sha-256 AA:BB')],
    ['a hash that nobody has', offers.obs.replace(/sha-256/g, 'constructor')],
    ['a role that does not exist', offers.obs.replaceAll('actpass', 'holdconn')],
    ['one mid for two sections', offers.obs.replace('a=mid:1', 'a=mid:0')],
    ['a payload type out of range', offers.obs.replace('rtpmap:96', 'rtpmap:400')],
    ['a simulcast layer that is not described', offers.chromiumSimulcast.replace('a=rid:h send\r\n', '')],
    ['a group of SSRCs that do not exist', offers.chromiumSingle.replaceAll('a=ssrc:4270039658', 'a=ssrc:1')],
    ['too much', `${offers.obs}${'a=x:y\r\n'.repeat(12_000)}`],
    ['too many lines', `${offers.obs}${'a=x\r\n'.repeat(sdpLimits.lines)}`],
    ['too long a line', `${offers.obs}a=fmtp:96 ${'x'.repeat(sdpLimits.lineLength)}\r\n`],
    ['too many sections', offers.obs + (offers.obs.split(/(?=m=)/)[1] ?? '').repeat(10)],
    ['a control character', offers.obs.replace('a=mid:1', 'a=mid:\u0000')],
  ])('with %s is malformed', (_name, text) => {
    expect(outcomeOf(text)).toBe('malformed');
  });

  it.each([
    ['codecs nobody has', offers.obs.replace('H264/90000', 'H266/90000').replace('opus/48000/2', 'speex/16000')],
    ['a transport for each section', offers.obs.replace(/a=group:BUNDLE.*\r\n/, '')],
    ['a port for RTCP', offers.obs.replaceAll('a=rtcp-mux\r\n', '')],
    ['nothing that it sends', offers.obs.replaceAll('a=sendonly', 'a=recvonly')],
    ['nothing that says which packets are meant', offers.obs.replace(/a=ssrc:.*\r\n/g, '')],
  ])('with %s is unsupported', (_name, text) => {
    expect(outcomeOf(text)).toBe('unsupported');
  });

  it('never ends in anything else, whatever is done to a sound one', () => {
    const edit = fc.record({
      text: fc.constantFrom(...all),
      cuts: fc.array(
        fc.record({
          at: fc.double({ min: 0, max: 1, noNaN: true }),
          length: fc.nat(40),
          put: fc.string({ unit: 'binary', maxLength: 12 }),
        }),
        {
          maxLength: 6,
        },
      ),
      drop: fc.array(fc.nat(200), { maxLength: 8 }),
      twice: fc.array(fc.nat(200), { maxLength: 8 }),
    });
    fc.assert(
      fc.property(edit, ({ text, cuts, drop, twice }) => {
        let changed = text
          .split('\r\n')
          .flatMap((line, at) => (drop.includes(at) ? [] : twice.includes(at) ? [line, line] : [line]))
          .join('\r\n');
        for (const { at, length, put } of cuts) {
          const from = Math.floor(at * changed.length);
          changed = changed.slice(0, from) + put + changed.slice(from + length);
        }
        expect(['answered', 'malformed', 'unsupported']).toContain(outcomeOf(changed));
        try {
          readReceiving(readOffer(changed), routerCapabilities);
        } catch (error) {
          expect(error).toBeInstanceOf(SdpError);
        }
      }),
      { numRuns: 500 },
    );
  }, 60_000);

  it('is refused quickly, even if it was made to take long', () => {
    const began = performance.now();
    for (const line of ['a=rtcp-fb:96 ', 'a=fmtp:96 ', 'a=simulcast: ', 'a=msid-semantic: ', 'a=ssrc-group:']) {
      const bad = `${line}${'[x=1 '.repeat(700)}`.slice(0, 4_000);
      outcomeOf(`${offers.obs}${`${bad}\r\n`.repeat(12)}`);
    }
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('is read as quickly with thousands of spaces between a parameter and what follows', () => {
    const spaced = `${offers.obs}${`a=fmtp:96 a=${' '.repeat(3_980)}x\r\n`.repeat(14)}`;
    const began = performance.now();
    for (let n = 0; n < 30; n += 1) expect(outcomeOf(spaced)).toBe('answered');
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe('a fragment', () => {
  const frame = { mids: ['0', '1'], kind: 'audio' as const, protocol: 'UDP/TLS/RTP/SAVPF', candidates: transport.iceCandidates };

  it('of ours is one that we can read', () => {
    const text = writeFragment(frame, transport.iceParameters);
    expect(readFragment(text)).toEqual({ ice: { ufrag: 'serverufrag', pwd: 'serverpasswordserverpassword' }, candidates: 2 });
    expect(text.startsWith('a=ice-lite\r\na=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n')).toBe(true);
  });

  it('may bring candidates alone', () => {
    expect(readFragment('m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 UDP 1 192.0.2.1 9 typ host\r\n')).toEqual({
      ice: null,
      candidates: 1,
    });
  });

  it('is malformed or understood, whatever it says', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(fc.string(), fc.constantFrom('a=ice-ufrag:abcd', 'a=ice-pwd:0123456789012345678901', 'a=candidate:x', 'm=audio 9 x 0')),
        ),
        (lines) => {
          try {
            readFragment(lines.join('\r\n'));
          } catch (error) {
            expect(error).toBeInstanceOf(SdpError);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
