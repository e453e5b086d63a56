import type { ConsultationService } from '../../domain/consultation/service.ts';
import type { EventHandlers } from '../event-handlers.ts';

/** The socket events of consultations; who may do what is decided by the service. */
export function createConsultationHandlers(
  consultations: ConsultationService,
): EventHandlers<'consultation.ask' | 'consultation.send' | 'consultation.close'> {
  return {
    'consultation.ask': (payload, { actor }) => consultations.ask(actor, payload),
    'consultation.send': (payload, { actor }) => consultations.send(actor, payload),
    'consultation.close': async ({ consultationId }, { actor }) => ({ consultation: await consultations.close(actor, consultationId) }),
  };
}
