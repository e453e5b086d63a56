import type { Connection, JoinedSession } from './connection.ts';
import { demandJoined } from './presence.ts';

/** The session whose stage this is, as the connection joined it. @throws CodedError NOT_JOINED */
export const demandOnStage = (connection: Connection, stageId: string): JoinedSession => demandJoined(connection, stageId);
