// Read once when the page's code loads, before the router rewrites the fragment.
const opened = location.pathname.replace(/\/+$/, '') === '/join' ? location.hash.slice(1) : null;

/**
 * The token of the invitation link this page was opened with, null when it was
 * opened otherwise. It leaves the address bar at once, so that it is neither
 * bookmarked nor read over a shoulder; reloading then needs the link again.
 */
export function takeInvitationToken(): string | null {
  if (opened === null) return null;
  history.replaceState(history.state, '', '/join');
  return opened.replace(/^\//, '');
}
