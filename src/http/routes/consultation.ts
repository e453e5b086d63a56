import type { ConsultationService } from '../../domain/consultation/service.ts';
import type { RouteHandlers } from '../route-handlers.ts';

/** The REST routes of consultations: what is read again after a reconnect. */
export function createConsultationRoutes(
  consultations: ConsultationService,
): RouteHandlers<'listConsultations' | 'listMyConsultations' | 'listConsultationMessages'> {
  return {
    listConsultations: ({ params, query }, { actor }) => consultations.listOfSession(actor, params.sessionId, query),
    listMyConsultations: ({ query }, { actor }) => consultations.listOwn(actor, query),
    listConsultationMessages: ({ params, query }, { actor }) => consultations.messages(actor, params.consultationId, query),
  };
}
