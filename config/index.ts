export { ConfigError, describeSettings, loadConfig } from './load.ts';
export { initialOutgoingBitrate, maxIncomingBitrate, routerCodecs } from './media.ts';
export { type Config, type SettingName, settings } from './schema.ts';
