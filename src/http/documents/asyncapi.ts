import { clientEvents, errorTable, failureSchema, serverEvents, successSchema } from '../../contract/index.ts';
import { createSchemaCollector } from './schemas.ts';

const reference = (path: string) => ({ $ref: `#/${path}` });
/** Message names hold dots, which is fine in JSON pointers; `/` and `~` never occur. */
const messageAt = (name: string) => reference(`channels/socket/messages/${name}`);

/** The AsyncAPI 3.0 document of the socket protocol: every event, its acknowledgement, and what the server sends. */
export function asyncApiDocument(version: string): object {
  const schemas = createSchemaCollector();
  const messages: Record<string, object> = {};
  const operations: Record<string, object> = {};
  const failure = schemas.output(failureSchema);

  for (const [name, event] of Object.entries(clientEvents)) {
    messages[name] = { name, summary: event.summary, payload: schemas.input(event.payload) };
    messages[`${name}.reply`] = {
      name: `${name} acknowledgement`,
      payload: { oneOf: [schemas.output(successSchema(event.data)), failure] },
    };
    operations[name] = {
      action: 'receive',
      summary: event.summary,
      channel: reference('channels/socket'),
      messages: [messageAt(name)],
      reply: { channel: reference('channels/socket'), messages: [messageAt(`${name}.reply`)] },
      'x-action': event.action,
      'x-errors': event.errors,
    };
  }
  for (const [name, event] of Object.entries(serverEvents)) {
    messages[name] = { name, summary: event.summary, payload: schemas.output(event.payload) };
    operations[name] = { action: 'send', summary: event.summary, channel: reference('channels/socket'), messages: [messageAt(name)] };
  }
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Gangbo 崗播: the room',
      version,
      description:
        'socket.io 4 on path /socket, WebSocket only. The handshake carries `auth: {token}`; a refused one fails with `connect_error` whose data is the error. Every event of a client is acknowledged with `{ok: true, data}` or `{ok: false, error}`.',
    },
    servers: {
      own: { host: '{host}', protocol: 'wss', pathname: '/socket', variables: { host: { description: 'Where the pages come from' } } },
    },
    channels: { socket: { address: '/socket', messages } },
    operations,
    components: { schemas: schemas.named },
    'x-errors': errorTable,
  };
}
