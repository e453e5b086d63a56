import { shallowReactive } from 'vue';
import type { Campus, Company, Fair, Position, Session } from '../../../contract/index.ts';
import { everyPage, PAGE_LIMIT } from '../../console/pages.ts';
import type { Access } from '../../shared/access.ts';

/** What the tabs of one fair show, each list loaded whole and again after every change. */
export function createFairData(access: Access, fairId: string) {
  const lists = shallowReactive({
    fair: null as Fair | null,
    companies: [] as Company[],
    positions: [] as Position[],
    campuses: [] as Campus[],
    sessions: [] as Session[],
  });
  const params = { fairId };
  const loaders = {
    fair: async () => {
      lists.fair = await access.api.call('getFair', { params });
    },
    companies: async () => {
      lists.companies = await everyPage((cursor) => access.api.call('listCompanies', { params, query: { limit: PAGE_LIMIT, cursor } }));
    },
    positions: async () => {
      lists.positions = await everyPage((cursor) => access.api.call('listPositions', { query: { fairId, limit: PAGE_LIMIT, cursor } }));
    },
    campuses: async () => {
      lists.campuses = await everyPage((cursor) => access.api.call('listCampuses', { params, query: { limit: PAGE_LIMIT, cursor } }));
    },
    sessions: async () => {
      const all = await everyPage((cursor) => access.api.call('listSessions', { query: { fairId, limit: PAGE_LIMIT, cursor } }));
      lists.sessions = all.sort((a, b) => b.startsAt - a.startsAt);
    },
  };
  return {
    fairId,
    lists,
    load: (...names: (keyof typeof loaders)[]) => Promise.all(names.map((name) => loaders[name]())),
    loadAll: () => Promise.all(Object.values(loaders).map((load) => load())),
  };
}
export type FairData = ReturnType<typeof createFairData>;
