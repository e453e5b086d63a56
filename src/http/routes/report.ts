import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { CodedError, fileRoutes, idSchema, parseInput } from '../../contract/index.ts';
import type { Authenticate } from '../../domain/actor.ts';
import { sessionReportCsv } from '../../domain/funnel/csv.ts';
import type { ReportService } from '../../domain/funnel/report.ts';
import { bearerOf } from '../credentials.ts';
import type { RouteHandlers } from '../route-handlers.ts';

export function createReportRoutes(reports: ReportService): RouteHandlers<'getSessionReport' | 'getFairReport'> {
  return {
    getSessionReport: ({ params }, { actor }) => reports.session(actor, params.sessionId),
    getFairReport: ({ params }, { actor }) => reports.fair(actor, params.fairId),
  };
}

export interface ReportFilesOptions {
  reports: ReportService;
  authenticate: Authenticate;
}

const params = z.object({ sessionId: idSchema });

/** The session report as a CSV file. Errors thrown here are mapped by the server like any route's. */
export function registerReportFiles(app: FastifyInstance, { reports, authenticate }: ReportFilesOptions): void {
  app.get(`/api/v1${fileRoutes.sessionReportCsv}`, async (request, reply) => {
    const { sessionId } = parseInput(params, request.params);
    const token = bearerOf(request);
    if (!token) throw new CodedError('UNAUTHENTICATED');
    const { actor } = await authenticate(token);
    const report = await reports.session(actor, sessionId);
    return reply
      .header('content-type', 'text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="session-report-${sessionId}.csv"`)
      .header('cache-control', 'private, no-store')
      .send(sessionReportCsv(report));
  });
}
