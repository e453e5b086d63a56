import type { ClientEventName, EventData, EventPayload } from '../contract/index.ts';
import type { Connection } from './connection.ts';

export type EventHandler<E extends ClientEventName> = (payload: EventPayload<E>, connection: Connection) => Promise<EventData<E>>;

/** One handler an event of the table; `realtime/server.ts` demands that all are given. */
export type EventHandlers<E extends ClientEventName = ClientEventName> = { [K in E]: EventHandler<K> };
