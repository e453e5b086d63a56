import type { MediaFault } from '../../../media/types.ts';
import { CodedError, type ErrorCode } from '../../contract/index.ts';

const codeOf: Record<MediaFault, ErrorCode> = {
  'not-found': 'MEDIA_NOT_FOUND',
  unsupported: 'MEDIA_UNSUPPORTED',
  unavailable: 'MEDIA_UNAVAILABLE',
  busy: 'ALREADY_PUBLISHING',
  full: 'STAGE_FULL',
};

/** The plane's errors cross the door as data: told by their name, so that nothing of the plane is loaded here. */
function faultOf(error: unknown): MediaFault | null {
  if (!(error instanceof Error) || error.name !== 'MediaError' || !('fault' in error)) return null;
  return typeof error.fault === 'string' && error.fault in codeOf ? (error.fault as MediaFault) : null;
}

/** Passes on what the plane answers. @throws CodedError for what the plane refuses; other errors as they are */
export async function coded<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const fault = faultOf(error);
    if (fault) throw new CodedError(codeOf[fault], { cause: error });
    throw error;
  }
}
