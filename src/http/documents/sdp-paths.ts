import { type ErrorCode, type SdpRouteDefinition, type SdpRouteName, sdpRoutes } from '../../contract/index.ts';

const text = (mediaType: string) => ({ content: { [mediaType]: { schema: { type: 'string' } } } });
const header = (description: string) => ({ description, schema: { type: 'string' } });
const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';

const sessionId = { name: 'sessionId', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } };
const linkId = { name: 'linkId', in: 'path', required: true, schema: { type: 'string' } };
const ifMatch = {
  name: 'If-Match',
  in: 'header',
  required: true,
  description: 'The ETag, or * to restart ICE',
  schema: { type: 'string' },
};

/** WHIP and WHEP as OpenAPI paths, beside the table of routes: their bodies are SDP. */
export function sdpPaths(failuresOf: (codes: readonly ErrorCode[]) => object): Record<string, object> {
  const paths: Record<string, object> = {};
  for (const name of Object.keys(sdpRoutes) as SdpRouteName[]) {
    const { path, summary, errors }: SdpRouteDefinition = sdpRoutes[name];
    const common = { tags: ['stage'], security: [{ stageKey: [] }, ...(name === 'whep' ? [{ accessToken: [] }] : [])] };
    const failures = failuresOf(errors);
    const endpoint = path.replace(':sessionId', '{sessionId}');
    paths[endpoint] = {
      servers: [{ url: '/' }],
      parameters: [sessionId],
      post: {
        ...common,
        operationId: `${name}Open`,
        summary,
        requestBody: { required: true, ...text(SDP) },
        responses: {
          '201': {
            description: 'The SDP answer',
            ...text(SDP),
            headers: {
              Location: header('Where to PATCH and DELETE'),
              ETag: header('The ICE session'),
              'Accept-Patch': header(FRAGMENT),
              Link: header('ICE servers, rel="ice-server"'),
            },
          },
          ...failures,
        },
      },
    };
    paths[`${endpoint}/{linkId}`] = {
      servers: [{ url: '/' }],
      parameters: [sessionId, linkId],
      patch: {
        ...common,
        operationId: `${name}Patch`,
        summary: 'Candidates, or an ICE restart (RFC 8840)',
        parameters: [ifMatch],
        requestBody: { required: true, ...text(FRAGMENT) },
        responses: {
          '200': { description: 'ICE was restarted', ...text(FRAGMENT), headers: { ETag: header('The new ICE session') } },
          '204': { description: 'Taken' },
          ...failures,
        },
      },
      delete: { ...common, operationId: `${name}Close`, summary: 'Ends it', responses: { '200': { description: 'Ended' }, ...failures } },
    };
  }
  return paths;
}
