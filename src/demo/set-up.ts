import { z } from 'zod';
import { idSchema, type Session } from '../contract/index.ts';
import { type Access, createAccess, newPassword } from './account.ts';
import { demoCampuses, demoCompanies, demoFair } from './story.ts';

const signInSchema = z.object({ login: z.string(), password: z.string() });

/** What the demo remembers between starts; kept in the data folder, readable by its owner alone. */
export const demoStateSchema = z.object({
  fairId: idSchema,
  organizer: signInSchema,
  /** The session the synthetic recruiter streams in. */
  live: z.object({ sessionId: idSchema, companyId: idSchema, recruiter: signInSchema }),
  /** A session left for the person who tries the studio. */
  second: z.object({ sessionId: idSchema, recruiter: signInSchema }),
});
export type DemoState = z.infer<typeof demoStateSchema>;

async function inviteRecruiter(
  organizer: Access,
  origin: string,
  grant: { fairId: string; companyId: string },
  login: string,
  name: string,
) {
  const invitation = await organizer.api.call('createInvitation', { body: { role: 'recruiter', ...grant } });
  const token = new URL(invitation.link).hash.slice(1);
  const password = newPassword();
  await createAccess(origin, 'staff').api.call('acceptInvitation', { body: { token, login, password, name } });
  return { login, password };
}

/** Sets up the fair through the public interface, as an organizer would by hand. */
export async function setUpDemo(origin: string, organizerLogin: { login: string; password: string }): Promise<DemoState> {
  const organizer = createAccess(origin, 'staff');
  organizer.setToken((await organizer.api.call('signIn', { body: organizerLogin })).token);
  const { api } = organizer;

  const fair = await api.call('createFair', { body: demoFair() });
  for (const campus of demoCampuses) await api.call('createCampus', { params: { fairId: fair.id }, body: campus });

  const sessions: { session: Session; companyId: string; recruiter: { login: string; password: string } }[] = [];
  const minute = 60_000;
  for (const [place, { company, positions, recruiterLogin, recruiterName, session: title }] of demoCompanies().entries()) {
    const { id: companyId } = await api.call('createCompany', { params: { fairId: fair.id }, body: company });
    for (const input of positions) {
      const { id: positionId } = await api.call('createPosition', { params: { companyId }, body: input });
      await api.call('publishPosition', { params: { positionId } });
    }
    const recruiter = await inviteRecruiter(organizer, origin, { fairId: fair.id, companyId }, recruiterLogin, recruiterName);
    const session = await api.call('createSession', {
      params: { fairId: fair.id },
      body: { title, companyIds: [companyId], startsAt: Date.now() + place * 30 * minute },
    });
    sessions.push({ session, companyId, recruiter });
  }
  const [live, second] = sessions;
  if (!live || !second) throw new Error('the demo story needs two companies');
  return {
    fairId: fair.id,
    organizer: organizerLogin,
    live: { sessionId: live.session.id, companyId: live.companyId, recruiter: live.recruiter },
    second: { sessionId: second.session.id, recruiter: second.recruiter },
  };
}
