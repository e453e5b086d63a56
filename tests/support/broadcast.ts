import type { MediaPlane } from '../../media/index.ts';
import { failureSchema, type IceServer, type NewStageKey } from '../../src/contract/index.ts';
import { openInterface } from './interface.ts';
import { openTestPlane } from './media-plane.ts';
import { meetPeople } from './people.ts';
import { type Exchange, type LibEncoder, postOffer, startLibEncoder } from './whip-client.ts';

export const errorOf = ({ body }: Exchange) => failureSchema.parse(JSON.parse(body)).error.code;

/** A session with a recruiter and a publishing key, on a media plane with one worker, and encoders that come to it. */
export async function openBroadcast(iceServers: IceServer[] = []) {
  const plane: MediaPlane = (await openTestPlane({ workers: 1 })).plane;
  const server = await openInterface({ media: plane, iceServers });
  const people = await meetPeople(server);
  const made = await people.fair();
  const sessionId = made.session.id;
  const recruiter = await people.staff('recruiter', { fairId: made.fair.id, companyIds: [made.company.id] });
  const newKey = (purpose: 'publish' | 'watch' = 'publish'): Promise<NewStageKey> =>
    recruiter.api.call('createStageKey', { params: { sessionId }, body: { purpose } });
  const key = await newKey();
  const encoders: LibEncoder[] = [];

  async function encoder(): Promise<LibEncoder> {
    const started = await startLibEncoder();
    encoders.push(started);
    return started;
  }

  return {
    plane,
    people,
    recruiter,
    sessionId,
    key,
    newKey,
    encoder,
    /** An encoder that is on stage, and its address. @throws Error unless it was answered 201 */
    async live(token = key.token): Promise<{ encoder: LibEncoder; posted: Exchange; resource: string }> {
      const started = await encoder();
      const posted = await postOffer(key.url, token, started.offer);
      if (posted.status !== 201) throw new Error(`${posted.status} ${posted.body}`);
      started.accept(posted.body);
      return { encoder: started, posted, resource: new URL(posted.headers.get('location') ?? '', key.url).href };
    },
    producers: async () => (await plane.stageHealth(sessionId)).producers,
    /** Everybody leaves the stage. */
    async clear(): Promise<void> {
      for (const started of encoders.splice(0)) started.close();
      await plane.closeStage(sessionId);
    },
    async close(): Promise<void> {
      await server.close();
      await plane.close();
    },
  };
}
export type Broadcast = Awaited<ReturnType<typeof openBroadcast>>;
