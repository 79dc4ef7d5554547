/** Whether the page is still at an address, or below it: what comes late leads nobody away from where they went meanwhile. */
export function isAt(address: string): boolean {
  return location.pathname === address || location.pathname.startsWith(`${address}/`);
}
