import { Disk } from 'flydrive';
import { FSDriver } from 'flydrive/drivers/fs';

/** A disk that is a local folder, made when it is first written to. */
export function openLocalDisk(folder: string): Disk {
  return new Disk(new FSDriver({ location: folder, visibility: 'private' }));
}
