import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { fileRoutes, idSchema, parseInput } from '../../contract/index.ts';
import type { Actor } from '../../domain/actor.ts';
import { sessionReportCsv } from '../../domain/funnel/csv.ts';
import type { ReportService } from '../../domain/funnel/report.ts';
import type { RouteHandlers } from '../route-handlers.ts';

export function createReportRoutes(reports: ReportService): RouteHandlers<'getSessionReport' | 'getFairReport'> {
  return {
    getSessionReport: ({ params }, { actor }) => reports.session(actor, params.sessionId),
    getFairReport: ({ params }, { actor }) => reports.fair(actor, params.fairId),
  };
}

export interface ReportFilesOptions {
  reports: ReportService;
  /** The actor of a request's bearer token. @throws CodedError UNAUTHENTICATED, TOKEN_EXPIRED */
  demandActor: (authorization: string | undefined) => Promise<Actor>;
}

const params = z.object({ sessionId: idSchema });

/** The session report as a CSV file. Errors thrown here are mapped by the server like any route's. */
export function registerReportFiles(app: FastifyInstance, { reports, demandActor }: ReportFilesOptions): void {
  app.get(`/api/v1${fileRoutes.sessionReportCsv}`, async (request, reply) => {
    const { sessionId } = parseInput(params, request.params);
    const report = await reports.session(await demandActor(request.headers.authorization), sessionId);
    return reply
      .header('content-type', 'text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="session-report-${sessionId}.csv"`)
      .header('cache-control', 'private, no-store')
      .send(sessionReportCsv(report));
  });
}
