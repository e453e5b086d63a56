import { createHmac } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { CodedError, idSchema } from '../../contract/index.ts';
import type { Clock } from '../ports.ts';

const LIFE_SECONDS = 300;
const AUDIENCE = 'gangbo résumé file';

const claimsSchema = z.object({ sub: idSchema, application: idSchema, file: idSchema });

/** What a link stands for: this file of this application, for this staff account. */
interface FileLink {
  staffId: string;
  applicationId: string;
  fileId: string;
}

export interface FileLinks {
  /** The path of a link that works for five minutes. */
  sign(link: FileLink): Promise<string>;
  /** @throws CodedError NOT_FOUND for anything that is not a link of ours, or no longer */
  verify(token: string): Promise<FileLink>;
}

/** Links as signed tokens (JWT, RFC 7519). Their key is derived, so that neither they nor access tokens pass for the other. */
export function createFileLinks({ tokenSecret, clock }: { tokenSecret: string; clock: Clock }): FileLinks {
  const key = createHmac('sha256', tokenSecret).update(AUDIENCE).digest();
  return {
    async sign({ staffId, applicationId, fileId }) {
      const token = await new SignJWT({ application: applicationId, file: fileId })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(staffId)
        .setAudience(AUDIENCE)
        .setExpirationTime(Math.floor(clock() / 1000) + LIFE_SECONDS)
        .sign(key);
      return `/api/v1/files/${token}`;
    },
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'], audience: AUDIENCE, currentDate: new Date(clock()) });
        const claims = claimsSchema.parse(payload);
        return { staffId: claims.sub, applicationId: claims.application, fileId: claims.file };
      } catch (error) {
        throw new CodedError('NOT_FOUND', { cause: error });
      }
    },
  };
}
