import { CodedError } from '../../../contract/index.ts';
import { coded } from '../refusals.ts';

/** When a busy or broken stage is worth another try, ms. */
const AGAIN_MS = { ALREADY_PUBLISHING: 5_000, MEDIA_UNAVAILABLE: 2_000, STAGE_FULL: 5_000 } as const;

/** The plane's SDP refusals are told by their name, as its others are. */
function sdpRefusal(error: unknown): CodedError | null {
  if (!(error instanceof Error) || error.name !== 'SdpError' || !('fault' in error)) return null;
  const code = error.fault === 'malformed' ? 'BAD_INPUT' : 'MEDIA_UNSUPPORTED';
  return new CodedError(code, { issues: [{ path: 'sdp', message: error.message }], cause: error });
}

/** Passes on what the plane answers to an SDP. @throws CodedError for what it refuses, with the time to wait where waiting helps */
export async function answered<T>(work: Promise<T>): Promise<T> {
  try {
    return await coded(work);
  } catch (error) {
    const refusal = sdpRefusal(error);
    if (refusal) throw refusal;
    if (error instanceof CodedError && Object.hasOwn(AGAIN_MS, error.code)) {
      throw new CodedError(error.code, { retryAfterMs: AGAIN_MS[error.code as keyof typeof AGAIN_MS], cause: error });
    }
    throw error;
  }
}
