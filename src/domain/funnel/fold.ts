import { emptyFunnel, type Fact, type Funnel, type RecordedFact } from '../../contract/index.ts';

/** The counter a recorded fact adds one to (rules C1, A1, H1), or null. */
export function counterOf(fact: Fact): keyof Funnel | null {
  switch (fact.type) {
    case 'consultation.asked':
      return 'consultations';
    case 'application.submitted':
      return 'applications';
    case 'application.withdrawn':
      return 'withdrawals';
    case 'outcome.recorded':
      return fact.kind === 'hired' ? 'hires' : null;
    case 'outcome.confirmed':
      return fact.kind === 'hired' ? 'hiresConfirmed' : null;
    case 'visit.started':
    case 'visit.ended':
    case 'viewer.identified':
    case 'position.viewed':
    case 'position.pinned':
    case 'session.live':
    case 'session.ended':
      return null;
    default:
      return fact satisfies never;
  }
}

/** What of a fact the timeline by minute shows, or null. Visits and views are put there by the script that counts them. */
export function minuteCountOf(fact: RecordedFact | Fact): 'consultations' | 'applications' | null {
  if (fact.type === 'consultation.asked') return 'consultations';
  return fact.type === 'application.submitted' ? 'applications' : null;
}

/**
 * Computes the funnel from facts in ledger order and from nothing else (rule R1):
 * deliberately apart from the scripts that count as things happen, so that one
 * can find the other wrong.
 */
export function createFunnelFold() {
  const funnel: Funnel = { ...emptyFunnel };
  const accounts = new Map<string, string>();
  const people = new Set<string>();
  const opened = new Map<string, Set<string>>();
  const present = new Set<string>();
  const person = (viewer: string) => accounts.get(viewer) ?? viewer;

  function identify(device: string, account: string): void {
    if (accounts.has(device)) return;
    accounts.set(device, account);
    if (people.delete(device)) people.add(account);
    const positions = opened.get(device);
    if (positions) {
      opened.set(account, new Set([...(opened.get(account) ?? []), ...positions]));
      opened.delete(device);
    }
  }

  return {
    apply(fact: Fact): void {
      const counter = counterOf(fact);
      if (counter) funnel[counter] += 1;
      switch (fact.type) {
        case 'visit.started':
          funnel.visits += 1;
          people.add(person(fact.viewer));
          present.add(fact.visitId);
          funnel.peakViewers = Math.max(funnel.peakViewers, present.size);
          break;
        case 'visit.ended':
          present.delete(fact.visitId);
          if (fact.reason === 'merged') funnel.visits -= 1;
          else {
            funnel.endedVisits += 1;
            funnel.dwellMs += fact.dwellMs;
          }
          break;
        case 'viewer.identified':
          identify(fact.device, fact.account);
          break;
        case 'position.viewed': {
          const key = person(fact.viewer);
          funnel.positionViews += 1;
          opened.set(key, (opened.get(key) ?? new Set()).add(fact.positionId));
          break;
        }
        default:
      }
    },
    funnel(): Funnel {
      let positionViewers = 0;
      for (const positions of opened.values()) positionViewers += positions.size;
      return { ...funnel, uniqueViewers: people.size, concurrentViewers: present.size, positionViewers };
    },
  };
}
export type FunnelFold = ReturnType<typeof createFunnelFold>;

/** The funnel of facts in ledger order (rule R1). */
export function recompute(facts: Iterable<Fact>): Funnel {
  const fold = createFunnelFold();
  for (const fact of facts) fold.apply(fact);
  return fold.funnel();
}
