import type { InvitationStore } from '../../domain/account/store.ts';
import type { Sealer } from '../../domain/ports.ts';
import { insertStaff } from './accounts.ts';
import type { Database } from './database.ts';
import { isUniqueViolation } from './rows.ts';

/** Invitations to staff; each makes one account with one grant. */
export function createInvitationStore(database: Database, sealer: Sealer): InvitationStore {
  return {
    async insert({ id, role, fairId, companyId, sessionId, createdBy, expiresAt }) {
      await database
        .insertInto('invitations')
        .values({
          id,
          role,
          fair_id: fairId,
          company_id: companyId,
          session_id: sessionId,
          created_by: createdBy,
          expires_at: new Date(expiresAt),
        })
        .execute();
    },

    async accept(invitationId, { grantId, ...staff }, at) {
      try {
        return await database.transaction().execute(async (transaction) => {
          // The row stays locked until the end: of two acceptances at once the second finds it used.
          const invitation = await transaction
            .selectFrom('invitations')
            .selectAll()
            .where('id', '=', invitationId)
            .where('accepted_at', 'is', null)
            .where('expires_at', '>', new Date(at))
            .forUpdate()
            .executeTakeFirst();
          if (!invitation) return 'invalid';
          const grant = {
            id: grantId,
            role: invitation.role,
            fairId: invitation.fair_id,
            companyId: invitation.company_id,
            sessionId: invitation.session_id,
          };
          await insertStaff(transaction, sealer, { ...staff, grant });
          await transaction
            .updateTable('invitations')
            .set({ accepted_at: new Date(at), accepted_by: staff.id })
            .where('id', '=', invitationId)
            .execute();
          return 'accepted';
        });
      } catch (error) {
        // Rolled back: the invitation stays open for another login.
        if (isUniqueViolation(error)) return 'taken';
        throw error;
      }
    },
  };
}
