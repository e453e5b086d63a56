export { type Api, type ApiOptions, createApi, ReplyError, UnreachableError } from './api.ts';
export { openRoomSocket, type RawSocket, type RoomSocket, type RoomSocketOptions } from './socket.ts';
