/** Files that are imported as text. */
declare module "*.yaml" {
  const text: string;
  export default text;
}
declare module "*/setup-base" {
  const text: string;
  export default text;
}
declare module "*/npmrc" {
  const text: string;
  export default text;
}
declare module "*/workshopctl" {
  const text: string;
  export default text;
}
