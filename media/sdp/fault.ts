export type SdpFault = 'malformed' | 'unsupported';

/**
 * Why an SDP cannot be answered: `malformed` when it is not what RFC 8866 and
 * RFC 8829 describe or is beyond our limits, `unsupported` when it is sound and
 * asks for what we do not do. Callers map them onto their own codes.
 */
export class SdpError extends Error {
  readonly fault: SdpFault;
  constructor(fault: SdpFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SdpError';
    this.fault = fault;
  }
}

export const malformed = (message: string, cause?: unknown): SdpError => new SdpError('malformed', message, { cause });
export const unsupported = (message: string): SdpError => new SdpError('unsupported', message);
