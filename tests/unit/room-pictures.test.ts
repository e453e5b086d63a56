import { describe, expect, it } from 'vitest';
import type { ReceivedTrack } from '../../src/client/index.ts';
import type { StageGuest } from '../../src/contract/index.ts';
import { layersFor } from '../../src/web/room/state/layers.ts';
import { audibleTracks, layOutPictures } from '../../src/web/room/state/pictures.ts';

type Given = Pick<ReceivedTrack, 'kind' | 'source' | 'seat' | 'publisherId'>;
/** Where a picture goes does not depend on its track, which only a browser has. */
const received = (given: Given) =>
  ({ consumerId: `${given.publisherId}-${given.source}`, layers: { spatial: 1, temporal: 1 }, ...given }) as ReceivedTrack;
const lead = (source: ReceivedTrack['source']) => received({ kind: 'video', source, seat: 'lead', publisherId: 'L' });
const ofGuest = (publisherId: string, kind: 'audio' | 'video' = 'video') =>
  received({ kind, source: kind === 'video' ? 'camera' : 'microphone', seat: 'guest', publisherId });
const guest = (key: string, publisherId: string | null): StageGuest => ({ key, name: key, publisherId, muted: false });
const none = { guests: [], chosen: null, selfKey: null };

describe('where the pictures of a stage go', () => {
  it('makes a screen the main one, then the camera, then the second camera', () => {
    const tracks = [lead('second-camera'), lead('camera'), lead('screen')];
    const all = layOutPictures({ ...none, tracks });
    expect(all.main?.key).toBe('lead:screen');
    expect(all.insets.map(({ key }) => key)).toEqual(['lead:camera', 'lead:second-camera']);
    expect(layOutPictures({ ...none, tracks: [lead('second-camera'), lead('camera')] }).main?.key).toBe('lead:camera');
  });

  it('gives the place to what the viewer chose, as long as it is there', () => {
    const tracks = [lead('camera'), lead('screen')];
    expect(layOutPictures({ ...none, tracks, chosen: 'lead:camera' }).insets.map(({ key }) => key)).toEqual(['lead:screen']);
    expect(layOutPictures({ ...none, tracks: [lead('camera')], chosen: 'lead:screen' }).main?.key).toBe('lead:camera');
  });

  it('shows every guest but oneself, with or without a picture, under a name that outlives a reconnection', () => {
    const guests = [guest('a', 'A'), guest('b', null), guest('me', 'M')];
    const layout = layOutPictures({ ...none, guests, selfKey: 'me', tracks: [lead('camera'), ofGuest('A'), ofGuest('M')] });
    expect(layout.guests.map(({ guest: { key }, picture }) => [key, picture?.key ?? null])).toEqual([
      ['a', 'guest:a'],
      ['b', null],
    ]);
    const later = layOutPictures({ ...none, guests: [guest('a', 'A2')], tracks: [lead('camera'), ofGuest('A2')] });
    expect(later.guests[0]?.picture?.key).toBe('guest:a');
  });

  it('enlarges a guest who is chosen, or who is the only one with a picture', () => {
    const guests = [guest('a', 'A')];
    const chosen = layOutPictures({ ...none, guests, chosen: 'guest:a', tracks: [lead('camera'), ofGuest('A')] });
    expect([chosen.main?.key, chosen.insets.map(({ key }) => key), chosen.guests]).toEqual(['guest:a', ['lead:camera'], []]);
    expect(layOutPictures({ ...none, guests, tracks: [ofGuest('A')] }).main?.key).toBe('guest:a');
  });

  it('lets everybody be heard but oneself', () => {
    const tracks = [ofGuest('A', 'audio'), ofGuest('M', 'audio'), lead('camera')];
    const heard = audibleTracks({ tracks, guests: [guest('a', 'A'), guest('me', 'M')], selfKey: 'me' });
    expect(heard.map(({ publisherId }) => publisherId)).toEqual(['A']);
  });
});

describe('the layers wanted of a picture', () => {
  const camera = { layers: { spatial: 3, temporal: 3 }, seat: 'lead' } as const;

  it.each([
    [90, 0],
    [200, 0],
    [400, 1],
    [438, 1],
    [500, 2],
    [2_000, 2],
  ])('follow its size: %d lines need layer %d', (lines, spatial) => {
    expect(layersFor(camera, lines, 'auto')).toEqual({ spatial, temporal: 2 });
  });

  it('are the smallest, with fewer pictures a second, when data is to be saved', () => {
    expect(layersFor(camera, 2_000, 'saver')).toEqual({ spatial: 0, temporal: 1 });
    expect(layersFor({ layers: { spatial: 1, temporal: 1 }, seat: 'lead' }, 2_000, 'saver')).toEqual({ spatial: 0, temporal: 0 });
  });
});
