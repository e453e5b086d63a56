import fc from 'fast-check';
import { generateRouterRtpCapabilities } from 'mediasoup/ortc';
import { describe, expect, it } from 'vitest';
import { routerCodecs } from '../../../config/index.ts';
import { codecsFor } from '../../../media/routers/dialect.ts';
import { MediaError } from '../../../media/types.ts';

describe('codecs with the payload types of a receiver', () => {
  it('leave out what the receiver does not take, and keep the rest as it is', () => {
    const codecs = codecsFor(routerCodecs, { 'audio/opus': 111, 'video/vp8': 96 });
    expect(codecs.map(({ mimeType, preferredPayloadType }) => [mimeType, preferredPayloadType])).toEqual([
      ['audio/opus', 111],
      ['video/VP8', 96],
    ]);
    expect(codecs[0]?.parameters).toEqual(routerCodecs[0].parameters);
  });

  it('refuse what is no payload type, and nothing in common', () => {
    const refused: Record<string, number>[] = [
      {},
      { 'video/av1': 96 },
      { 'audio/opus': 128 },
      { 'audio/opus': 96, 'video/vp8': 96 },
      { 'audio/opus': 96.5 },
    ];
    for (const types of refused) {
      expect(() => codecsFor(routerCodecs, types)).toThrow(MediaError);
    }
  });

  it('are ones that a router takes, whatever the numbers', () => {
    const type = fc.integer({ min: 96, max: 127 });
    fc.assert(
      fc.property(fc.uniqueArray(type, { minLength: 4, maxLength: 4 }), ([opus = 0, h264 = 0, vp8 = 0, vp9 = 0]) => {
        const wanted: Record<string, number> = { 'audio/opus': opus, 'video/h264': h264, 'video/vp8': vp8, 'video/vp9': vp9 };
        const codecs = codecsFor(routerCodecs, wanted);
        // Two video codecs on the payload types that mediasoup takes first for RTX leave no room for both.
        expect(codecs.length).toBeGreaterThanOrEqual(3);
        if (![h264, vp8, vp9].some((video) => video >= 100 && video <= 102)) expect(codecs).toHaveLength(4);
        const { codecs: offered = [] } = generateRouterRtpCapabilities(codecs);
        const media = offered.filter(({ mimeType }) => !mimeType.endsWith('/rtx'));
        expect(Object.fromEntries(media.map((codec) => [codec.mimeType.toLowerCase(), codec.preferredPayloadType]))).toEqual(
          Object.fromEntries(codecs.map(({ mimeType }) => [mimeType.toLowerCase(), wanted[mimeType.toLowerCase()]])),
        );
      }),
      { numRuns: 2_000 },
    );
  });
});
