export function ApprovalsTray() {
  return null;
}
