interface Connection extends EventTarget {
  /** wifi, cellular …; absent where the browser does not tell (W3C netinfo, section 5.1). */
  readonly type?: string;
}

/**
 * Calls back when the way into the network is likely another one: the browser
 * came back online, or went from one kind of network to another. Answers how to
 * stop listening.
 */
export function onNetworkChange(changed: () => void): () => void {
  const connection = (navigator as Navigator & { connection?: Connection }).connection;
  let type = connection?.type;
  // The event also tells of every new estimate of the bandwidth, which changes no path.
  const onConnection = () => {
    if (connection?.type === type) return;
    type = connection?.type;
    if (type !== 'none') changed();
  };
  globalThis.addEventListener?.('online', changed);
  connection?.addEventListener?.('change', onConnection);
  return () => {
    globalThis.removeEventListener?.('online', changed);
    connection?.removeEventListener?.('change', onConnection);
  };
}
