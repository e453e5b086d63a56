import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

/**
 * Response headers that keep the pages to themselves. Scripts come from us alone;
 * styles may be inline (the component libraries set them); media arrives by WebRTC
 * or as blobs (HLS). Https-only headers are left out on http, where they would
 * lock people out.
 */
export async function protectPages(app: FastifyInstance, publicUrl: () => string): Promise<void> {
  const https = new URL(publicUrl()).protocol === 'https:';
  await app.register(helmet, {
    global: true,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'", 'data:'],
        mediaSrc: ["'self'", 'blob:'],
        workerSrc: ["'self'", 'blob:'],
        // Safari before 15.4 does not count a socket to the same host as 'self'.
        connectSrc: ["'self'", () => `${https ? 'wss' : 'ws'}://${new URL(publicUrl()).host}`],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    crossOriginOpenerPolicy: https ? { policy: 'same-origin' } : false,
    crossOriginEmbedderPolicy: false,
    originAgentCluster: https,
    strictTransportSecurity: https ? { maxAge: 15_552_000 } : false,
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  });
}
