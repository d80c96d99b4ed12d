const roleNames: Record<string, string> = {
  SALES: '销售',
  CUSTOMER_SERVICE: '客服',
  MARKETING: '市场',
  FINANCE: '财务',
  MANAGER: '经理',
  DATA_STEWARD: '数据管理员',
  ANALYST: '分析员',
  ADMIN: '系统管理员',
};

/** "CUSTOMER_SERVICE" → "Customer service 客服". An unknown role is shown without the Chinese term. */
export function roleName(role: string): string {
  const words = role.toLowerCase().replaceAll('_', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)} ${roleNames[role] ?? ''}`.trim();
}
