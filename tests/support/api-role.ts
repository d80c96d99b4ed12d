/** The role that serves the API in tests. Made by the global setup, with the superuser's password where that has one. */
export const apiRole = 'customer_file_api';
