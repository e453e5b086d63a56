import { ReplyError, UnreachableError } from '../../client/api.ts';
import { type Failure, failureSchema } from '../../contract/index.ts';
import type { Access } from '../shared/access.ts';

/** Hands a blob to the browser as a file. */
export function saveBlob(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The download has been taken over by then; the memory is given back.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

async function refusalOf(response: Response): Promise<Failure['error'] | null> {
  const parsed = failureSchema.safeParse(await response.json().catch(() => null));
  return parsed.success ? parsed.data.error : null;
}

/**
 * Fetches a file that needs the access token and saves it.
 * @param address on this server
 * @throws ReplyError with the code of a refusal; UnreachableError when no file came
 */
export async function downloadFile(access: Access, address: string, name: string): Promise<void> {
  const token = await access.freshToken();
  let response: Response;
  try {
    response = await fetch(address, { headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(60_000) });
  } catch (cause) {
    throw new UnreachableError('no answer to a download', { cause });
  }
  if (response.ok) return saveBlob(await response.blob(), name);
  const refusal = await refusalOf(response);
  throw refusal ? new ReplyError(refusal) : new UnreachableError(`a download answered ${response.status}`);
}
